// What MuJoCo has to say goes where our own messages go, and never to a file of its own.
#ifndef SIM_MUJOCO_LOG_H_
#define SIM_MUJOCO_LOG_H_

// Takes MuJoCo's messages over; sim_model_create does it, before anything of MuJoCo's is called. A
// warning becomes one of ours (sim/base/log.h). An error, after which MuJoCo cannot go on, ends the
// program with one sentence and SIM_FAIL; so does a warning when the environment variable
// HCSP_STRICT is set, as in all tests, which must not meet a warning that they do not expect.
void sim_mujoco_log_install(void);

#endif  // SIM_MUJOCO_LOG_H_
