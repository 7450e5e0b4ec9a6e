// What the files of the library share.
#ifndef HCSP_API_INTERNAL_H_
#define HCSP_API_INTERNAL_H_

#include "hcsp/api/hcsp.h"
#include "hcsp/env/env.h"
#include "policies/team.h"

enum { API_THREADS_MAX = 256 };
// Threads where 0 was asked for.
int api_threads(void);

// Copies from to err, which may be NULL; returns the status.
int api_status(HcspError *err, const SimError *from);
// The same with a sentence of its own.
int api_refuse(HcspError *err, SimStatus status, const char *text);

// Lays what the caller's header has of a structure that begins with its size over *out, which holds
// the defaults and is of `size` bytes; options: NULL is fine. SIM_USAGE for a size that this
// library does not know.
SimStatus api_take_options(void *out, size_t size, const void *options, const char *what,
                           SimError *err);
// SIM_USAGE unless low <= value <= high.
SimStatus api_check_range(const char *what, int value, int low, int high, SimError *err);

struct HcspTeam {
  PolTeam *team;
};

// ---- what stands behind an environment (env_kinds.c)

typedef struct ApiWorld ApiWorld;
// kind and options are checked. NULL and err when there is no such kind, or its parts are wrong.
ApiWorld *api_world_open(const char *kind, const HcspEnvOptions *options, SimError *err);
void api_world_close(ApiWorld *world);  // NULL is fine
Env api_world_env(const ApiWorld *world);
const char *api_world_obs(const ApiWorld *world);   // layout
uint64_t api_world_meaning(const ApiWorld *world);  // hash of all but options->seed and num_envs
const PolOptions *api_world_options(const ApiWorld *world);  // NULL: actions are commands

#endif  // HCSP_API_INTERNAL_H_
