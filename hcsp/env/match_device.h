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

#include "sim/match.h"

// One match, on the device as words (cuda/words.h).
typedef struct EnvMatchWorld EnvMatchWorld;
struct EnvMatchWorld {
  SimMatch match;
  SimReferee referee;
  float command[SIM_DRONES][SIM_ROTORS];  // what the drones were last told
  int32_t bad_commands, unused;           // of the rally
  SimEvents events;                       // of the last control step
};

// Why a match is not the device's.
typedef enum EnvMatchWhy {
  ENV_MATCH_RUNS,  // it is
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

// Everything the kernels know; pointers are the device's.
typedef struct EnvMatchCuda {
  uint64_t *word;  // [ENV_MATCH_WORDS][n]
  int32_t *why;    // [n]
  uint64_t *ring;  // an EnvMatchRing as words
  int n, capacity;
  SimPlant plant;  // of every match
  bool downwash, play_on;
  int steps_max;
} EnvMatchCuda;

#ifdef __cplusplus
extern "C" {
#endif

// The matches of the ring are the device's again, or stay parked, as their `why` says.
void env_match_cuda_take(void *stream, const EnvMatchCuda *env);
// One control step of the matches that run: those with near drones are parked before it, those
// whose rally is over behind it.
void env_match_cuda_fly(void *stream, const EnvMatchCuda *env);
// The first `capacity` of the parked matches go into the ring; for_all: every match is parked.
void env_match_cuda_give(void *stream, const EnvMatchCuda *env, bool for_all);

#ifdef __cplusplus
}
#endif

#endif  // HCSP_ENV_MATCH_DEVICE_H_
