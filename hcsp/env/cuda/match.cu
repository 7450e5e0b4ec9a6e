// One thread a match: it takes its words, flies one control step and is judged, or is parked. The
// arithmetic is in headers that the processor runs, too (sim/match.h, sim/judge.h), and is compiled
// without contraction: the same bits.
#include <cuda_runtime_api.h>

#include "hcsp/env/cuda/words.h"
#include "hcsp/env/match_device.h"
#include "kernels/cuda/launch.h"

enum {
  THREADS = 64,        // of a block: each has a whole match
  COPY_THREADS = 256,  // each has a word of a match on its way
  LIST_THREADS = 256,
};

static_assert(sizeof(EnvMatchWorld) % sizeof(uint64_t) == 0, "whole words");
static_assert(offsetof(EnvMatchRing, slot) == sizeof(uint64_t), "one word before the matches");
static_assert(offsetof(EnvMatchParked, match) == sizeof(EnvMatchWorld), "the world comes first");

#define AT(field) offsetof(EnvMatchWorld, field)

// ---- a control step

// The last fields of a world. Most steps have no events, and nobody reads old ones: how many there
// are is enough.
enum { EVENTS = AT(events), EVENTS_SIZE = sizeof(EnvMatchWorld) - EVENTS };
enum { COUNTS = AT(bad_commands), COUNTS_SIZE = EVENTS - COUNTS };

static __device__ void put_events(const EnvMatchCuda &env, int e, const EnvMatchWorld *world) {
  if (world->events.n > 0) {
    put_words<EVENTS_SIZE>(env.word, env.n, e, EVENTS, &world->events);
  } else {
    put_words<sizeof(uint64_t)>(env.word, env.n, e, EVENTS, &world->events);
  }
}

static __device__ void fly_match(EnvMatchWorld *world, const EnvMatchCuda &env) {
  const SimRules rules = {NULL, env.steps_max, false, env.play_on};
  world->bad_commands += sim_match_turn_rotors(&world->match, world->command, &env.plant);
  sim_match_fly(&world->match, &env.plant, env.downwash);
  sim_judge_step(&world->events, &world->referee, &rules, &world->match.view, SIM_DT);
  world->moved = true;
}

static __global__ void fly(EnvMatchCuda env) {
  KRN_START(t) {
    const int e = (int)(blockIdx.x * blockDim.x) + t;
    if (e < env.n && env.why[e] == ENV_MATCH_RUNS) {
      EnvMatchWorld all, *world = &all;
      memset(&world->events, 0, EVENTS_SIZE);
      GET(match);
      GET(referee);
      GET(command);
      get_words<COUNTS_SIZE>(&world->bad_commands, env.word, env.n, e, COUNTS);
      fly_match(world, env);
      PUT(match);
      PUT(referee);
      put_words<COUNTS_SIZE>(env.word, env.n, e, COUNTS, &world->bad_commands);
      put_events(env, e, world);
      env.why[e] = env_match_why(&world->match.view, &world->referee, env.decides);
    }
  }
}

// ---- on the way to the processor and back

// One block: each thread counts the parked matches of a strip, and lists them behind those of the
// threads before. Only their numbers are written here; their words are pack's.
static __global__ void list(EnvMatchCuda env, bool for_all) {
  KRN_SHARED(int32_t, first, 1, LIST_THREADS);
  KRN_SHARED(int32_t, count, 1, LIST_THREADS);
  const int strip = (env.n + LIST_THREADS - 1) / LIST_THREADS;
  KRN_START(t) {
    int32_t own = 0;
    for (int e = t * strip; e < (t + 1) * strip && e < env.n; e++) {
      if (for_all && env.why[e] == ENV_MATCH_RUNS) {
        env.why[e] = ENV_MATCH_HELD;
      }
      own += env.why[e] != ENV_MATCH_RUNS;
    }
    count[0][t] = own;
  }
  KRN_PHASE(t) {
    if (t == 0) {
      int32_t all = 0;
      for (int k = 0; k < LIST_THREADS; k++) {
        first[0][k] = all;
        all += count[0][k];
      }
      const int32_t head[2] = {all < env.capacity ? all : env.capacity, all};
      memcpy(env.ring, head, sizeof head);
    }
  }
  KRN_PHASE(t) {
    int32_t slot = first[0][t];
    for (int e = t * strip; e < (t + 1) * strip && e < env.n; e++) {
      if (env.why[e] != ENV_MATCH_RUNS && slot < env.capacity) {
        const int32_t tail[2] = {e, env.why[e]};
        memcpy(&env.ring[1 + (size_t)slot * ENV_MATCH_SLOT_WORDS + ENV_MATCH_WORDS], tail,
               sizeof tail);
        slot++;
      }
    }
  }
}

// which word of which match in the ring a thread has; false: none
static __device__ bool find_word(uint64_t **slot, uint64_t **word, int32_t tail[2],
                                 const EnvMatchCuda &env, int t) {
  const size_t at = (size_t)blockIdx.x * COPY_THREADS + (size_t)t;
  const size_t k = at % ENV_MATCH_SLOT_WORDS, number = at / ENV_MATCH_SLOT_WORDS;
  int32_t head[2];
  memcpy(head, env.ring, sizeof head);
  if (number >= (size_t)head[0]) {
    return false;
  }
  *slot = env.ring + 1 + number * ENV_MATCH_SLOT_WORDS + k;
  memcpy(tail, *slot - k + ENV_MATCH_WORDS, 2 * sizeof *tail);
  *word = k < ENV_MATCH_WORDS ? env.word + k * (size_t)env.n + (size_t)tail[0] : NULL;
  return true;
}

static __global__ void pack(EnvMatchCuda env) {
  KRN_START(t) {
    uint64_t *slot, *word;
    int32_t tail[2];
    if (find_word(&slot, &word, tail, env, t) && word) {
      *slot = *word;
    }
  }
}

static __global__ void unpack(EnvMatchCuda env) {
  KRN_START(t) {
    uint64_t *slot, *word;
    int32_t tail[2];
    if (find_word(&slot, &word, tail, env, t)) {
      if (word) {
        *word = *slot;
      } else {
        env.why[tail[0]] = tail[1];
      }
    }
  }
}

// the words and reasons of all matches
static __global__ void copy(uint64_t *word, int32_t *why, const uint64_t *from_word,
                            const int32_t *from_why, int n) {
  KRN_START(t) {
    const size_t at = (size_t)blockIdx.x * COPY_THREADS + (size_t)t;
    if (at < ENV_MATCH_WORDS * (size_t)n) {
      word[at] = from_word[at];
    }
    if (at < (size_t)n) {
      why[at] = from_why[at];
    }
  }
}

static int word_blocks(const EnvMatchCuda *env) {
  const size_t words = ENV_MATCH_WORDS * (size_t)env->n;
  return (int)((words + COPY_THREADS - 1) / COPY_THREADS);
}

static int copy_blocks(const EnvMatchCuda *env) {
  const size_t words = (size_t)env->capacity * ENV_MATCH_SLOT_WORDS;
  return (int)((words + COPY_THREADS - 1) / COPY_THREADS);
}

void env_match_cuda_take(void *stream, const EnvMatchCuda *env) {
  KRN_LAUNCH(unpack, copy_blocks(env), COPY_THREADS, (cudaStream_t)stream, *env);
}

void env_match_cuda_keep(void *stream, const EnvMatchCuda *env) {
  KRN_LAUNCH(copy, word_blocks(env), COPY_THREADS, (cudaStream_t)stream, env->kept_word,
             env->kept_why, env->word, env->why, env->n);
}

void env_match_cuda_return(void *stream, const EnvMatchCuda *env) {
  KRN_LAUNCH(copy, word_blocks(env), COPY_THREADS, (cudaStream_t)stream, env->word, env->why,
             env->kept_word, env->kept_why, env->n);
}

void env_match_cuda_fly(void *stream, const EnvMatchCuda *env) {
  KRN_LAUNCH(fly, (env->n + THREADS - 1) / THREADS, THREADS, (cudaStream_t)stream, *env);
}

void env_match_cuda_give(void *stream, const EnvMatchCuda *env, bool for_all) {
  KRN_LAUNCH(list, 1, LIST_THREADS, (cudaStream_t)stream, *env, for_all);
  KRN_LAUNCH(pack, copy_blocks(env), COPY_THREADS, (cudaStream_t)stream, *env);
}
