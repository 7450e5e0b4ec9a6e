// hcsp: 3v3 drone volleyball as a library.
//
// Handles are opaque. A handle is used by one thread at a time; different handles by different
// threads. Functions that can fail return HCSP_OK or another HcspStatus, or a handle that is NULL,
// and say what was wrong in one sentence in err (which may be NULL). Warnings go to stderr; no
// function ends the program.
//
// Structures of options begin with their size, set by the matching HCSP_..._INIT, so that programs
// built against an older header go on working; members are only ever added at the end.
//
// Frames: x runs from the far to the near end of the court, y across it, z up, metres, with the
// origin under the middle of the net (sim/README.md 1). Team frames are the court frame for the
// near team, and the same turned by half a turn for the far team.
#ifndef HCSP_H_
#define HCSP_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HCSP_API __attribute__((visibility("default")))
#else
#define HCSP_API
#endif

// Changes when a program has to be compiled again; the soname follows it.
#define HCSP_ABI_VERSION 0

typedef enum HcspStatus {
  HCSP_OK = 0,
  HCSP_FAIL = 1,       // the machine or a library failed
  HCSP_USAGE = 2,      // an argument is wrong
  HCSP_BAD_INPUT = 3,  // a file is wrong
  HCSP_DISK_FULL = 4,
  HCSP_INTERRUPTED = 130,
} HcspStatus;

typedef struct HcspError {
  int status;       // HcspStatus
  char text[1024];  // one sentence without line break; "" when status is HCSP_OK
} HcspError;

HCSP_API int hcsp_abi_version(void);
HCSP_API const char *hcsp_version(void);  // "0.1.0"
HCSP_API const char *hcsp_commit(void);   // 40 hex digits, "+" behind them for a changed tree
// The folder of assets, configs and policies: HCSP_HOME of the environment, else the installed one.
HCSP_API const char *hcsp_home(void);

// ---- teams

typedef struct HcspTeam HcspTeam;

// which: a shipped team ("stage3"), a .yaml file or a run folder. NULL when it cannot play.
HCSP_API HcspTeam *hcsp_team_load(const char *which, HcspError *err);
HCSP_API void hcsp_team_close(HcspTeam *team);  // NULL is fine
HCSP_API const char *hcsp_team_name(const HcspTeam *team);
// Name number i of the shipped teams, sorted, copied to name; HCSP_USAGE when there are fewer.
HCSP_API int hcsp_team_list(char *name, size_t size, int i);

// ---- matches between teams

typedef struct HcspPlayOptions {
  size_t size;        // sizeof(HcspPlayOptions)
  int rallies;        // 1..10000000
  int threads;        // 0: every core; the result does not depend on it
  uint64_t seed;      // rally i depends on (seed, i) alone
  const char *rules;  // "court" (30 s clock) or "paper" (15 s)
  const char *log;    // folder for a match log, which must not exist; NULL: none
} HcspPlayOptions;
#define HCSP_PLAY_OPTIONS_INIT                                                                     \
  { sizeof(HcspPlayOptions), 64, 0, 1, "court", NULL }

typedef struct HcspPlayResult {
  int rallies, near_wins, far_wins, draws;  // draws: rallies that the clock ended
  double near_win_rate, low, high;  // of the decided rallies, with its 95 % interval; NaN for none
  double touches, seconds;          // of a rally: legal touches, s of play; means
} HcspPlayResult;

// Plays rallies 0..options->rallies - 1. Serves alternate as drawn.
HCSP_API int hcsp_play(HcspPlayResult *result, const HcspTeam *near_team, const HcspTeam *far_team,
                       const HcspPlayOptions *options, HcspError *err);

// ---- environments: many episodes side by side

typedef struct HcspEnv HcspEnv;

typedef struct HcspEnvOptions {
  size_t size;                // sizeof(HcspEnvOptions)
  int num_envs;               // 1..65536
  int threads;                // 0: every core; the result does not depend on it
  uint64_t seed;              // episode k of environment i depends on (seed, i, k) alone
  const char *const *config;  // words "key=value" over configs/skills/KIND.yaml; NULL: none
  int configs;                // how many
} HcspEnvOptions;
#define HCSP_ENV_OPTIONS_INIT                                                                      \
  { sizeof(HcspEnvOptions), 1, 0, 1, NULL, 0 }

typedef struct HcspEnvInfo {
  const char *kind, *obs;  // "serve"; observation layout, "strike43"
  int num_envs, agents;    // row e * agents + a of every array is agent a of environment e
  int inputs, outputs;     // floats of an observation and of an action
  double seconds;          // of a step
} HcspEnvInfo;

// The environment's own arrays, which every reset and step fills; they stay where they are.
typedef struct HcspEnvArrays {
  float *obs;           // [rows][inputs]: what acts next sees
  uint8_t *mask;        // [rows]: 1: the row's action is not the caller's
  float *reward;        // [rows], of the last step
  uint8_t *terminated;  // [rows]: an episode was over for good; obs is the next one's first
  uint8_t *truncated;   // [rows]: only its time ran out
  float *final_obs;     // [rows][inputs]: what would have been seen next, of truncated rows
} HcspEnvArrays;

// kind: a skill with a file configs/skills/KIND.yaml: hover, serve, receive, pass, set, attack, ...
HCSP_API HcspEnv *hcsp_env_create(const char *kind, const HcspEnvOptions *options, HcspError *err);
HCSP_API void hcsp_env_close(HcspEnv *env);  // NULL is fine
HCSP_API const HcspEnvInfo *hcsp_env_info(const HcspEnv *env);
HCSP_API const HcspEnvArrays *hcsp_env_arrays(const HcspEnv *env);
// Begins a new episode in every environment.
HCSP_API int hcsp_env_reset(HcspEnv *env, HcspError *err);
// One step with action[rows][outputs]; episodes that are over begin again in the same step.
HCSP_API int hcsp_env_step(HcspEnv *env, const float *action, HcspError *err);
// Everything it holds as bytes; after a load it goes on with the same bits. A state is of one kind,
// configuration, seed and num_envs: HCSP_USAGE for another. HCSP_BAD_INPUT for an impossible one,
// after which the environment is of no use until the next load.
HCSP_API size_t hcsp_env_state_size(const HcspEnv *env);
HCSP_API int hcsp_env_save(const HcspEnv *env, void *state, HcspError *err);
HCSP_API int hcsp_env_load(HcspEnv *env, const void *state, size_t size, HcspError *err);

// ---- policies

typedef struct HcspPolicy HcspPolicy;

typedef struct HcspPolicyInfo {
  const char *kind;  // "skill", "strategy" or "flat"
  const char *name;  //
  const char *obs;   // observation layout, "strike43"
  const char *act;   // "rotor4" or the heads, "heads-8-6-9-4"
  int inputs;        // floats of an observation
  int outputs;       // floats of an action: rotor commands (thrust (a + 1) / 2), or logits
  int every;         // acts every so many control steps of 0.01 s
  const float *std;  // [outputs] standard deviations when it samples; NULL: none
} HcspPolicyInfo;

// A policy file (.safetensors, policies/README.md 1). NULL when it is not whole.
HCSP_API HcspPolicy *hcsp_policy_load(const char *path, HcspError *err);
HCSP_API void hcsp_policy_close(HcspPolicy *policy);  // NULL is fine
// Valid as long as the policy is.
HCSP_API const HcspPolicyInfo *hcsp_policy_info(const HcspPolicy *policy);
// action[n][outputs] of obs[n][inputs]: mean rotor commands, or logits of the heads side by side.
// A row's bits do not depend on the other rows.
HCSP_API int hcsp_policy_act(const HcspPolicy *policy, float *action, const float *obs, int n,
                             HcspError *err);

#ifdef __cplusplus
}
#endif

#endif  // HCSP_H_
