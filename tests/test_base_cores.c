// How many processors a process may use: quotas of control groups, read from folders that look like
// the kernel's.
#include "sim/base/cores.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "tests/support/check.h"

// writes text to path below root
static void put(const char *root, const char *path, const char *text) {
  char full[SIM_PATH_MAX], folder[SIM_PATH_MAX];
  SimError err;
  snprintf(full, sizeof full, "%s%s", root, path);
  sim_path_folder(folder, full);
  assert_ok(sim_file_make_folder(folder, &err), &err);
  test_write_file(full, text, strlen(text));
}

// root of a system whose process is in group, on a mount that shows the groups below top
static void put_unified(const char *root, const char *group, const char *top) {
  char text[512];
  snprintf(text, sizeof text, "0::%s\n", group);
  put(root, "/proc/self/cgroup", text);
  snprintf(text, sizeof text,
           "22 1 0:5 / /proc rw - proc proc rw\n"
           "33 24 0:29 %s /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
           top);
  put(root, "/proc/self/mountinfo", text);
}

// what an earlier run of this test has left
static void remove_old(const char *root, const char *path) {
  char full[SIM_PATH_MAX];
  snprintf(full, sizeof full, "%s%s", root, path);
  assert_true(unlink(full) == 0 || errno == ENOENT);
}

static void no_files_no_quota(void **state) {
  (void)state;
  assert_true(isinf(sim_cpu_quota("no_such_root")));
  put_unified("empty", "/", "/");
  assert_true(isinf(sim_cpu_quota("empty")));
}

static void own_group_limits(void **state) {
  (void)state;
  put_unified("own", "/user.slice/job", "/");
  put("own", "/sys/fs/cgroup/user.slice/job/cpu.max", "150000 100000\n");
  assert_near(sim_cpu_quota("own"), 1.5, 1e-12);
  put("own", "/sys/fs/cgroup/user.slice/job/cpu.max", "max 100000\n");
  assert_true(isinf(sim_cpu_quota("own")));
}

static void every_group_above_limits(void **state) {
  (void)state;
  put_unified("above", "/a/b/c", "/");
  remove_old("above", "/sys/fs/cgroup/cpu.max");
  put("above", "/sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
  put("above", "/sys/fs/cgroup/a/cpu.max", "25000 50000\n");
  assert_near(sim_cpu_quota("above"), 0.5, 1e-12);
  // the mount's own folder, which a container has its quota in
  put("above", "/sys/fs/cgroup/cpu.max", "20000 100000\n");
  assert_near(sim_cpu_quota("above"), 0.2, 1e-12);
  // what lies above the mount is not asked
  put("above", "/sys/fs/cpu.max", "10000 100000\n");
  assert_near(sim_cpu_quota("above"), 0.2, 1e-12);
}

static void a_mount_that_shows_one_group(void **state) {
  (void)state;
  put_unified("inside", "/docker/0123/job", "/docker/0123");
  remove_old("inside", "/sys/fs/cgroup/cpu.max");
  put("inside", "/sys/fs/cgroup/job/cpu.max", "300000 100000\n");
  assert_near(sim_cpu_quota("inside"), 3, 1e-12);
  // a group that the mount does not show: that of the mount counts
  put_unified("inside", "/docker/01234/job", "/docker/0123");
  put("inside", "/sys/fs/cgroup/cpu.max", "200000 100000\n");
  assert_near(sim_cpu_quota("inside"), 2, 1e-12);
}

static void version_1(void **state) {
  (void)state;
  put("v1", "/proc/self/cgroup",
      "12:cpuset:/x\n5:memory:/m\n4:cpu,cpuacct:/docker/77\n1:name=systemd:/\n0::/\n");
  put("v1", "/proc/self/mountinfo",
      "31 25 0:26 /docker/77 /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n"
      "32 25 0:27 /docker/77 /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
      "33 25 0:28 / /sys/fs/cgroup/unified ro - cgroup2 cgroup2 rw\n");
  put("v1", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  put("v1", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  assert_true(isinf(sim_cpu_quota("v1")));
  put("v1", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
  assert_near(sim_cpu_quota("v1"), 2.5, 1e-12);
}

static void nonsense_is_no_quota(void **state) {
  (void)state;
  put_unified("nonsense", "/", "/");
  const char *const text[] = {"",           "\n",       "0 100000\n", "-5 100000\n",
                              "100000 0\n", "100000\n", "x y"};
  for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
    put("nonsense", "/sys/fs/cgroup/cpu.max", text[i]);
    assert_true(isinf(sim_cpu_quota("nonsense")));
  }
  put("nonsense", "/proc/self/cgroup", "0\n0:\nnothing\n\n");
  assert_true(isinf(sim_cpu_quota("nonsense")));
}

static void affinity_counts(void **state) {
  (void)state;
  cpu_set_t before, one;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  assert_in_range(sim_cores(), 1, CPU_COUNT(&before));
  CPU_ZERO(&one);
  for (size_t i = 0; CPU_COUNT(&one) == 0; i++) {
    if (CPU_ISSET(i, &before)) {
      CPU_SET(i, &one);
    }
  }
  assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
  assert_int_equal(sim_cores(), 1);
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_files_no_quota),
      cmocka_unit_test(own_group_limits),
      cmocka_unit_test(every_group_above_limits),
      cmocka_unit_test(a_mount_that_shows_one_group),
      cmocka_unit_test(version_1),
      cmocka_unit_test(nonsense_is_no_quota),
      cmocka_unit_test(affinity_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
