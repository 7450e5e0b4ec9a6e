// What a training starts from besides its configuration, each thing by its content: a JSON object
//   {"team.set": {"file": "policies/skills/set.safetensors", "hash": "0123456789abcdef"}, ...}
// that stands in provenance.json and in every checkpoint. A training goes on only if all of it is
// still what it was.
#ifndef HCSP_RUN_INPUTS_H_
#define HCSP_RUN_INPUTS_H_

#include <jansson.h>

#include "policies/team.h"

// what: the role of the input, one of a kind; file: for people, hash: of its content.
void run_inputs_put(json_t *inputs, const char *what, const char *file, uint64_t hash);
// The same with the hash of the file's bytes. SIM_BAD_INPUT when it cannot be read.
SimStatus run_inputs_put_file(json_t *inputs, const char *what, const char *file, SimError *err);
// The physics, by the hash of the compiled model (SimModel.hash), the engine that moves it and the
// world that it is of:
//   "model": {"file": "assets", "hash": ..., "physics": "mujoco", "world": "paper"}
void run_inputs_put_model(json_t *inputs, uint64_t hash, const char *physics, const char *world);
// All files of a team: what.set, what.strategy[0], what.options, what.calibration, what.gains of
// the model-based skills, and `what`, the team file itself with everything that it means.
void run_inputs_put_team(json_t *inputs, const char *what, const PolTeam *team);

// SIM_BAD_INPUT unless now and was hold the same; the sentence begins with place and names the
// file of the first input that differs. was: NULL or no object is one without inputs.
SimStatus run_inputs_check(const json_t *now, const json_t *was, const char *place, SimError *err);
// The engine and the world alone, which are the better reason where the whole configuration
// differs, too.
SimStatus run_inputs_check_engine(const json_t *now, const json_t *was, const char *place,
                                  SimError *err);

#endif  // HCSP_RUN_INPUTS_H_
