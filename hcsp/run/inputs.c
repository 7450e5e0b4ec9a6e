#include "hcsp/run/inputs.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHAT_MAX = 96 };  // bytes
_Static_assert(WHAT_MAX > 32 + 1 + 48, "put_part writes so much");

void run_inputs_put(json_t *inputs, const char *what, const char *file, uint64_t hash) {
  char text[17];
  sim_hash_hex(text, hash);
  // a path that is no UTF-8 is told by its hash alone
  json_t *name = json_string(file);
  json_object_set_new(
      inputs, what, json_pack("{s:o, s:s}", "file", name ? name : json_string("?"), "hash", text));
}

SimStatus run_inputs_put_file(json_t *inputs, const char *what, const char *file, SimError *err) {
  uint64_t hash;
  SIM_TRY(sim_file_hash(&hash, file, err));
  run_inputs_put(inputs, what, file, hash);
  return SIM_OK;
}

void run_inputs_put_model(json_t *inputs, uint64_t hash, const char *physics, const char *world) {
  char path[SIM_PATH_MAX];
  if (sim_path_join(path, sim_home(), "assets", NULL) == SIM_OK) {
    run_inputs_put(inputs, "model", path, hash);
    json_t *model = json_object_get(inputs, "model");
    json_object_set_new(model, "physics", json_string(physics));
    json_object_set_new(model, "world", json_string(world));
  }
}

static void put_part(json_t *inputs, const char *what, const char *part, const char *file,
                     uint64_t hash) {
  char name[WHAT_MAX];
  snprintf(name, sizeof name, "%.32s.%.48s", what, part);
  run_inputs_put(inputs, name, file, hash);
}

static void put_gains(json_t *inputs, const char *what, const PolTeam *team) {
  assert(team->options);
  char path[SIM_PATH_MAX];
  for (int slot = 0; slot < POL_SLOTS && !team->flat; slot++) {
    if (!team->skill[slot] &&
        sim_path_join(path, sim_home(), "configs/classical.yaml", NULL) == SIM_OK) {
      put_part(inputs, what, "gains", path, pol_team_skill_hash(team, (PolSlot)slot));
      return;
    }
  }
}

void run_inputs_put_team(json_t *inputs, const char *what, const PolTeam *team) {
  const PolOptions *options = team->options;
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    const PolFile *file = team->skill[slot];
    if (file) {
      put_part(inputs, what, pol_slot_name((PolSlot)slot), file->path, file->hash);
    }
  }
  for (int i = 0; i < team->strategies; i++) {
    const PolFile *file = team->strategy[i].file;
    char part[32];
    snprintf(part, sizeof part, "strategy[%d]", i);
    if (file) {
      put_part(inputs, what, part, file->path, file->hash);
    }
  }
  put_part(inputs, what, "options", options->path, options->hash);
  if (options->calibration_hash != 0) {
    put_part(inputs, what, "calibration", team->calibration_path, options->calibration_hash);
  }
  put_gains(inputs, what, team);
  run_inputs_put(inputs, what, team->path, team->hash);
}

static const char *text_of(const json_t *input, const char *key) {
  const char *text = json_string_value(json_object_get(input, key));
  return text ? text : "?";
}

// an input that only one of the two has
static SimStatus refuse_lone(const json_t *input, const char *what, bool begun, const char *place,
                             SimError *err) {
  return sim_error(err, SIM_BAD_INPUT,
                   "%.300s: was begun %s %.500s (%s); wanted the same inputs: put %s, or begin "
                   "another run",
                   place, begun ? "with" : "without", text_of(input, "file"), what,
                   begun ? "it back" : "it aside");
}

// a run that says nothing is of before there was another one
static const char *said(const json_t *inputs, const char *key, const char *before) {
  const char *text = json_string_value(json_object_get(json_object_get(inputs, "model"), key));
  return text ? text : before;
}

SimStatus run_inputs_check_engine(const json_t *now, const json_t *was, const char *place,
                                  SimError *err) {
  static const char *const key[][2] = {{"physics", "mujoco"}, {"world", "paper"}};
  for (int i = 0; i < 2; i++) {
    const char *wanted = said(was, key[i][0], key[i][1]), *saw = said(now, key[i][0], key[i][1]);
    if (strcmp(saw, wanted) != 0) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%.300s: was begun with %s %.80s; saw %s %.80s, wanted the same", place,
                       key[i][0], wanted, key[i][0], saw);
    }
  }
  return SIM_OK;
}

SimStatus run_inputs_check(const json_t *now, const json_t *was, const char *place, SimError *err) {
  const char *what;
  json_t *input;
  // jansson's loop wants what is no const
  json_object_foreach((json_t *)(uintptr_t)now, what, input) {
    const json_t *old = json_object_get(was, what);
    if (!old) {
      return refuse_lone(input, what, false, place, err);
    }
    if (strcmp(text_of(old, "hash"), text_of(input, "hash")) != 0) {
      return sim_error(err, SIM_BAD_INPUT,
                       "%.300s: was begun with another %.500s (%s): saw content %.16s, wanted "
                       "%.16s; put it back, or begin another run",
                       place, text_of(input, "file"), what, text_of(input, "hash"),
                       text_of(old, "hash"));
    }
  }
  json_object_foreach((json_t *)(uintptr_t)was, what, input) {
    if (!json_object_get(now, what)) {
      return refuse_lone(input, what, true, place, err);
    }
  }
  return SIM_OK;
}
