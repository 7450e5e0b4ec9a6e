// Matches in the memory of a GPU: what they are made of, and what starts the kernels that let them
// go on. Plain C; each call queues its work on the stream, which is that of the device
// (KrnOps.queue), and returns.
//
// A match lives there as long as nothing happens but flight. What kernels do not know parks it, at
// the same control step at any order of threads; the processor does that one step of it, or starts
// its next rally, and gives it back.
#ifndef HCSP_ENV_MATCH_DEVICE_H_
#define HCSP_ENV_MATCH_DEVICE_H_

#include <stddef.h>
#include <stdint.h>

#include "kernels/fused.h"
#include "policies/volley/task.h"
#include "sim/match.h"

// What a drone does, and control steps until its network acts again.
typedef struct EnvMatchActor {
  int32_t slot, wait;
} EnvMatchActor;

// One match, on the device as words (cuda/words.h).
typedef struct EnvMatchWorld EnvMatchWorld;
struct EnvMatchWorld {
  SimMatch match;
  SimReferee referee;
  PolPlan plan[SIM_TEAMS];  // of the last decision of each
  EnvMatchActor actor[SIM_DRONES];
  float command[SIM_DRONES][SIM_ROTORS];  // what the drones were last told
  int32_t bad_commands;                   // of the rally
  uint8_t team[SIM_TEAMS];                // whose skills each side has
  bool moved;                             // on the device, since it was given to it
  SimEvents events;                       // of the last control step
};

// Why a match is not the device's.
typedef enum EnvMatchWhy {
  ENV_MATCH_RUNS,  // it is
  ENV_MATCH_DUE,   // somebody is to decide before the next step
  ENV_MATCH_NEAR,  // drones are near each other: the next step is MuJoCo's
  ENV_MATCH_OVER,  // the rally is over
  ENV_MATCH_HELD,  // somebody wants it
} EnvMatchWhy;

// A match on its way, and where to.
typedef struct EnvMatchParked {
  EnvMatchWorld world;
  int32_t match, why;  // EnvMatchWhy; on the way back what it is from now on
} EnvMatchParked;

typedef struct EnvMatchRing {
  int32_t n, all;  // how many are on their way, and how many are parked
  EnvMatchParked slot[];
} EnvMatchRing;

enum {
  ENV_MATCH_WORDS = sizeof(EnvMatchWorld) / sizeof(uint64_t),
  ENV_MATCH_SLOT_WORDS = sizeof(EnvMatchParked) / sizeof(uint64_t),
};

enum {
  ENV_MATCH_INPUTS = 43,  // of the widest row that skills see
  ENV_MATCH_TEAMS = 3,    // near, far, and a guest
};

// A network that drives drones.
typedef struct EnvMatchNet {
  KrnFusedNet net;
  KrnActivation squash;
  int32_t every;  // control steps from one command to the next
  bool hovers;    // sees hover27, else strike43
} EnvMatchNet;

// Everything the kernels know; pointers are the device's.
typedef struct EnvMatchCuda {
  uint64_t *word;       // [ENV_MATCH_WORDS][n]
  int32_t *why;         // [n]
  uint64_t *kept_word;  // of an earlier step, with
  int32_t *kept_why;    //   the same
  uint64_t *ring;       // an EnvMatchRing as words
  int n, capacity;
  SimPlant plant;  // of every match
  bool downwash, play_on;
  int steps_max;
  bool decides;            // strategies do, and what drones do follows from plans
  const EnvMatchNet *net;  // the number of the one that drives:
  uint8_t net_of[ENV_MATCH_TEAMS][POL_SLOTS];
  float *row;  // [n][SIM_DRONES][ENV_MATCH_INPUTS]
} EnvMatchCuda;

// Whether a match can go on without the processor, and if not, why.
SIM_HD EnvMatchWhy env_match_why(const SimView *view, const SimReferee *referee, bool decides) {
  return referee->winner != SIM_PLAYING ? ENV_MATCH_OVER
         : decides && referee->switched ? ENV_MATCH_DUE
         : sim_match_near(view)         ? ENV_MATCH_NEAR
                                        : ENV_MATCH_RUNS;
}

#ifdef __cplusplus
extern "C" {
#endif

// The matches of the ring are the device's again, or stay parked, as their `why` says.
void env_match_cuda_take(void *stream, const EnvMatchCuda *env);
// All matches are kept as they are; and they are again as they were kept.
void env_match_cuda_keep(void *stream, const EnvMatchCuda *env);
void env_match_cuda_return(void *stream, const EnvMatchCuda *env);
// What the drones of the matches that run are told in the coming step, by their teams' networks.
void env_match_cuda_act(void *stream, const EnvMatchCuda *env);
// One control step of the matches that run; those that cannot go on are parked.
void env_match_cuda_fly(void *stream, const EnvMatchCuda *env);
// The first `capacity` of the parked matches go into the ring; for_all: every match is parked.
void env_match_cuda_give(void *stream, const EnvMatchCuda *env, bool for_all);

#ifdef __cplusplus
}
#endif

#endif  // HCSP_ENV_MATCH_DEVICE_H_
