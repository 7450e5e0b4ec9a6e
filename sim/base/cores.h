// How many processors this process may use.
#ifndef SIM_BASE_CORES_H_
#define SIM_BASE_CORES_H_

// Processors of the affinity mask, but not more than the quotas of the control groups that the
// process is in allow (cpu.max, or cpu.cfs_quota_us of version 1), rounded up; at least 1.
int sim_cores(void);

// The smallest of those quotas in processors, INFINITY without one. root stands before every path
// that is read: "" for the system, a folder in tests.
double sim_cpu_quota(const char *root);

#endif  // SIM_BASE_CORES_H_
