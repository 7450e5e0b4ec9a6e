// hcsp: 3v3 drone volleyball as a library.
//
// Handles are opaque. A handle is used by one thread at a time; different handles by different
// threads. Functions that can fail return HCSP_OK or another HcspStatus, or a handle that is NULL,
// and say what was wrong in one sentence in err (which may be NULL). Warnings go to stderr. No
// function ends the program, but where the machine has no memory left for what was asked.
//
// Structures of options begin with their size, set by the matching HCSP_..._INIT, so that programs
// built against an older header go on working; members are only ever added at the end.
//
// Where there is a `stop`, another thread or a signal handler may set *stop to 1 at any time: the
// call then ends with HCSP_INTERRUPTED, within a control step of what it plays or an update of what
// it learns. What it had finished on the disk stays; its results are not to be used.
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
  size_t size;               // sizeof(HcspPlayOptions)
  int rallies;               // 1..10000000
  int threads;               // 0: every core; the result does not depend on it
  uint64_t seed;             // rally i depends on (seed, i) alone
  const char *rules;         // "court" (30 s clock) or "paper" (15 s)
  const char *log;           // folder for a match log, which must not exist; NULL: none
  const volatile int *stop;  // NULL: cannot be stopped
} HcspPlayOptions;
#define HCSP_PLAY_OPTIONS_INIT                                                                     \
  { sizeof(HcspPlayOptions), 64, 0, 1, "court", NULL, NULL }

typedef struct HcspPlayResult {
  int rallies, near_wins, far_wins, draws;  // draws: rallies that the clock ended
  double near_win_rate, low, high;  // of the decided rallies, with its 95 % interval; NaN for none
  double touches, seconds;          // of a rally: legal touches, s of play; means
} HcspPlayResult;

// Plays rallies 0..options->rallies - 1. Serves alternate as drawn.
HCSP_API int hcsp_play(HcspPlayResult *result, const HcspTeam *near_team, const HcspTeam *far_team,
                       const HcspPlayOptions *options, HcspError *err);

// ---- environments: many episodes side by side
//
// "3v3": the match at the level of rotors, six drones that are all the caller's; against an
//   opponent, the three of the side that the caller plays in a rally: passer, setter, attacker.
//   Observations flat57, commands of 4 rotors, a step is 0.02 s; rewards of configs/flat.
// "strategy": the match at the level of options, both teams the caller's; against an opponent, one
//   agent. A step goes on until somebody has a choice again or the rally is over. 1 for a point
//   won, -1 for one lost.
// A skill with a file configs/skills/NAME.yaml ("hover", "serve", "receive", "set", ...): one
//   drone, commands of 4 rotors.
// A rotor command a asks for the thrust (a + 1) / 2 of what the rotor can, clipped to 0..1.

typedef struct HcspEnv HcspEnv;

typedef struct HcspEnvOptions {
  size_t size;                // sizeof(HcspEnvOptions)
  int num_envs;               // 1..65536
  int threads;                // 0: every core; the result does not depend on it
  uint64_t seed;              // episode k of environment i depends on (seed, i, k) alone
  const char *const *config;  // words "key=value" over configs/skills, flat or strategy; NULL: none
  int configs;                // how many
  // Of matches: a shipped team, a .yaml file or a run folder; at the level of options also a rule
  // with the caller's own skills ("random", "bot_plus", "rule:WAIT:ATTACK"). NULL: the caller.
  const char *opponent;
} HcspEnvOptions;
#define HCSP_ENV_OPTIONS_INIT                                                                      \
  { sizeof(HcspEnvOptions), 1, 0, 1, NULL, 0, NULL }

typedef struct HcspEnvInfo {
  const char *kind, *obs;  // "serve"; observation layout, "strike43" (sim/README.md 6)
  int num_envs, agents;    // row e * agents + a of every array is agent a of environment e
  int inputs, outputs;     // floats of an observation and of an action
  double seconds;          // of a step; 0: HcspEnvArrays.seconds says
  int heads, options;      // of actions that are choices: outputs, and options of all of them; or 0
} HcspEnvInfo;

// The environment's own arrays, which every reset and step fills; they stay where they are.
typedef struct HcspEnvArrays {
  float *obs;     // [rows][inputs]: what acts next sees
  uint8_t *mask;  // [rows]: 1: the row's action is not taken, it has no choice or is another's
  float *reward;  // [rows], of the last step
  uint8_t *terminated;  // [rows]: an episode was over for good; obs is the next one's first
  uint8_t *truncated;   // [rows]: only its time ran out
  float *final_obs;     // [rows][inputs]: what would have been seen next, of rows that were over
  float *seconds;       // [rows]: how long the last step took, s
  uint8_t *legal;       // [rows][options]: 1: may be chosen now; head after head; NULL: commands
} HcspEnvArrays;

// NULL when there is no such kind or a word of the configuration is wrong.
HCSP_API HcspEnv *hcsp_env_create(const char *kind, const HcspEnvOptions *options, HcspError *err);
HCSP_API void hcsp_env_close(HcspEnv *env);  // NULL is fine
HCSP_API const HcspEnvInfo *hcsp_env_info(const HcspEnv *env);
HCSP_API const HcspEnvArrays *hcsp_env_arrays(const HcspEnv *env);
// Of actions that are choices: how many options a head has, what it is called ("passer") and what
// its options are ("goto base"). 0 or NULL where there is none of that number.
HCSP_API int hcsp_env_options(const HcspEnv *env, int head);
HCSP_API const char *hcsp_env_head_name(const HcspEnv *env, int head);
HCSP_API const char *hcsp_env_option_name(const HcspEnv *env, int head, int option);
// Begins a new episode in every environment.
HCSP_API int hcsp_env_reset(HcspEnv *env, HcspError *err);
// One step with action[rows][outputs], commands or numbers of options; episodes that are over begin
// again in the same step. HCSP_USAGE, and nothing moves, for an option that is not legal.
HCSP_API int hcsp_env_step(HcspEnv *env, const float *action, HcspError *err);
// Everything it holds as bytes; after a load it goes on with the same bits. A state is of one
// environment: HCSP_USAGE for one of another kind, configuration, opponent, seed or num_envs.
// HCSP_BAD_INPUT for one that was changed.
HCSP_API size_t hcsp_env_state_size(const HcspEnv *env);
HCSP_API int hcsp_env_save(const HcspEnv *env, void *state, HcspError *err);
HCSP_API int hcsp_env_load(HcspEnv *env, const void *state, size_t size, HcspError *err);

// ---- policies

typedef struct HcspPolicy HcspPolicy;

typedef struct HcspPolicyInfo {
  const char *kind;  // "skill", "strategy" or "flat"
  const char *name;  //
  const char *obs;   // observation layout, "strike43"
  const char *act;   // "rotor4", "ctbr4" or the heads, "heads-8-6-9-4"
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

// One array of a network, under the name that policy files use ("layers.0.weight").
typedef struct HcspTensor {
  const char *name;
  const float *data;  // row-major
  int dims, dim[2];
} HcspTensor;

// A network of somebody else's, policies/README.md 1.1: words as there.
typedef struct HcspPolicySpec {
  size_t size;  // sizeof(HcspPolicySpec)
  const char *kind, *name, *obs, *act;
  const char *options;     // strategies: the option table that it chooses from ("court"), or NULL
  const char *provenance;  // JSON, or NULL
  int every;
  int inputs, outputs, layers, hidden[8];  // layers: hidden ones
  const char *input_norm, *activation, *hidden_norm, *squash;
  const HcspTensor *tensor;  // [tensors]
  int tensors;
} HcspPolicySpec;
#define HCSP_POLICY_SPEC_INIT                                                                      \
  {                                                                                                \
    sizeof(HcspPolicySpec), "skill", "policy", NULL, "rotor4", NULL, NULL, 2, 0, 0, 0, {0},        \
        "none", "tanh", "none", "none", NULL, 0                                                    \
  }

// Writes a policy file, with the probe that every reader checks; path NULL: only looks. HCSP_USAGE,
// with everything that is wrong in one sentence, and no file is written.
HCSP_API int hcsp_policy_save(const char *path, const HcspPolicySpec *spec, HcspError *err);

// ---- match logs (sim/record/README.md)

typedef struct HcspLog HcspLog;

typedef struct HcspLogInfo {
  const char *near_team, *far_team, *rules, *world, *generator;
  int rallies;
  uint64_t seed;
  double seconds;  // of a step
} HcspLogInfo;

typedef struct HcspRallyInfo {
  int64_t rally;  // number in its run
  uint64_t seed;
  const char *server, *winner, *reason;  // "near" or "far"; or "draw"; "ball_in", ...
  int steps, hits;                       // control steps, legal touches
} HcspRallyInfo;

// A column of the rally that was read last; the library's own memory, until the next read.
typedef struct HcspColumn {
  const char *table, *name, *units, *description;
  const char *type;     // "float32", "uint8", ...
  int rows;             //
  int rank, length[2];  // of a row
  const void *data;     // [rows][length...]
} HcspColumn;

// A folder of a match log, or one file of it; hostile ones are refused. NULL when it is damaged.
HCSP_API HcspLog *hcsp_log_open(const char *path, HcspError *err);
HCSP_API void hcsp_log_close(HcspLog *log);  // NULL is fine
HCSP_API const HcspLogInfo *hcsp_log_info(const HcspLog *log);
// Reads rally i of 0..rallies - 1; valid until the next read. NULL when it is damaged.
HCSP_API const HcspRallyInfo *hcsp_log_read(HcspLog *log, int i, HcspError *err);
// Column i of the rally read last; HCSP_USAGE when there are fewer.
HCSP_API int hcsp_log_column(HcspColumn *column, const HcspLog *log, int i);
// What was seen in the rally read last in a layout, by replaying it: [steps + 1][6 drones or 2
// teams][inputs], valid until the next read or observe. NULL when it does not replay.
HCSP_API const float *hcsp_log_observe(int shape[3], HcspLog *log, const char *layout,
                                       HcspError *err);

// ---- how strong teams are

typedef struct HcspEvalOptions {
  size_t size;  // sizeof(HcspEvalOptions)
  int points;   // of each pair, a multiple of 4: sides and serves are shared evenly
  int threads;  // 0: every core; the result does not depend on it
  uint64_t seed;
  const char *rules;         // "court" or "paper"
  const volatile int *stop;  // NULL: cannot be stopped
} HcspEvalOptions;
#define HCSP_EVAL_OPTIONS_INIT                                                                     \
  { sizeof(HcspEvalOptions), 400, 0, 1, "court", NULL }

typedef struct HcspScore {
  double wins, losses, draws;
  double rate, low, high;  // wins of the decided points, 95 % interval; NaN for none
} HcspScore;

// Every pair of n teams: score[n * n], row against column, and for each team its weight in the
// Nash mixture of them and its Elo.
HCSP_API int hcsp_eval(HcspScore *score, double *nash, double *elo, const HcspTeam *const *team,
                       int n, const HcspEvalOptions *options, HcspError *err);

typedef struct HcspExploitOptions {
  size_t size;     // sizeof(HcspExploitOptions)
  int64_t budget;  // decisions of each best response; 0: rules and the team's own arg-max alone
  int seeds;       // best responses of each start
  int warm;        // 1: from the team's own members alone, not from nothing
  int points;      // on which the worst is chosen, a multiple of 4; measured again on 4 times that
  int threads;     // 0: every core; the result does not depend on it
  uint64_t seed;
  const char *rules, *keep;  // keep: folder of the best responses; NULL: they are not kept
  const volatile int *stop;  // NULL: cannot be stopped
} HcspExploitOptions;
#define HCSP_EXPLOIT_OPTIONS_INIT                                                                  \
  { sizeof(HcspExploitOptions), 30000, 1, 0, 400, 0, 1, "court", NULL, NULL }

typedef struct HcspExploitResult {
  double rate, low, high;  // of the decided points that the worst opponent wins, 95 % interval
  int greedy;              // it takes its likeliest options
  int failed;              // nothing found wins half of the points: the team may still be weak
  char opponent[64];       // what it is: "nothing", "warm", "argmax", or a rule
} HcspExploitResult;

// How much a team can be exploited by strategies with its own skills: a lower bound.
HCSP_API int hcsp_exploit(HcspExploitResult *result, const HcspTeam *team,
                          const HcspExploitOptions *options, HcspError *err);

#ifdef __cplusplus
}
#endif

#endif  // HCSP_H_
