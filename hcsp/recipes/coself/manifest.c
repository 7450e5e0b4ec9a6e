// The plan lies beside the parts, so that each of them can be skipped when it is complete: what all
// of them follow from (team, table, seed), and numbers that were measured between them.
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hcsp/recipes/coself/internal.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

enum { PLAN_BYTES_MAX = 1 << 20 };
static const char PLAN[] = "coself.json";
static const char *const FLIGHTS[2] = {"flight_before", "flight_practised"};

static SimStatus plan_path(char path[SIM_PATH_MAX], const CoselfJoint *g, SimError *err) {
  return sim_path_join(path, g->t->options.folder, PLAN, err);
}

// what the plan says, or NULL; a missing file is no error
static json_t *read_plan(const CoselfJoint *g) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size;
  json_t *json = NULL;
  struct stat info;
  if (plan_path(path, g, NULL) == SIM_OK && stat(path, &info) == 0 &&
      sim_file_read(&text, &size, path, PLAN_BYTES_MAX, NULL) == SIM_OK) {
    json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    free(text);
  }
  return json;
}

static SimStatus write_plan(const CoselfJoint *g, const json_t *json, SimError *err) {
  char path[SIM_PATH_MAX];
  const SimStatus status = plan_path(path, g, err);
  return status
             ? status
             : sim_text_save(path, json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(17)), err);
}

static json_t *new_plan(const CoselfJoint *g) {
  return json_pack("{s:s, s:O, s:I}", "base_name", g->base->name, "inputs", g->inputs, "seed",
                   (json_int_t)g->t->options.seed);
}

static SimStatus check_plan(const CoselfJoint *g, const json_t *was, SimError *err) {
  const json_int_t seed = json_integer_value(json_object_get(was, "seed"));
  char path[SIM_PATH_MAX];
  SimStatus status = plan_path(path, g, err);
  if (status == SIM_OK && seed != (json_int_t)g->t->options.seed) {
    status = sim_error(err, SIM_BAD_INPUT, "%s: begun with the seed %lld; wanted %llu", path,
                       (long long)seed, (unsigned long long)g->t->options.seed);
  }
  return status == SIM_OK ? run_inputs_check(g->inputs, json_object_get(was, "inputs"), path, err)
                          : status;
}

SimStatus coself_manifest_open(CoselfJoint *g, SimError *err) {
  json_t *was = read_plan(g), *now = new_plan(g);
  SimStatus status = sim_file_make_folder(g->t->options.folder, err);
  if (status != SIM_OK) {
    // said already
  } else if (was && !g->t->options.resume) {
    status = check_plan(g, was, err);
    status = status
                 ? status
                 : sim_error(err, SIM_BAD_INPUT,
                             "%s: holds a run already; wanted another folder, or to resume it: %s",
                             g->t->options.folder, g->t->options.resume_command);
  } else if (was) {
    status = check_plan(g, was, err);
  } else {
    status = now ? write_plan(g, now, err) : sim_error(err, SIM_FAIL, "no memory");
  }
  json_decref(was);
  json_decref(now);
  return status;
}

// ---- flight times

EvalCalibration *coself_find_flight(const CoselfJoint *g, const PolTeam *team, SimError *err) {
  const double points[] = {g->config->calibrate_smoke, g->config->calibrate_quick,
                           g->config->calibrate_full};
  assert((size_t)g->t->preset < sizeof points / sizeof points[0]);
  const EvalCalibrateOptions options = {.team = team,
                                        .points = (int)points[g->t->preset],
                                        .threads = g->t->options.threads,
                                        .seed = g->t->options.seed,
                                        .target = g->config->calibrate_value,
                                        .times_max = (int)g->config->calibrate_times};
  EvalCalibration *c = sim_new(1, sizeof *c);
  if (eval_calibrate(c, &options, err) != SIM_OK) {
    free(c);
    c = NULL;
  } else {
    const EvalKillTable *table = &c->table[c->chosen];
    sim_log(SIM_LOG_INFO, "attacks of %.3f s: the game of attacks and waiting places is worth %.2f",
            table->flight, table->value);
  }
  return c;
}

SimStatus coself_calibrate(CoselfJoint *g, int which, SimError *err) {
  assert(which == 0 || which == 1);
  if (!pol_options_calibrated(g->team->options)) {
    return SIM_OK;
  }
  json_t *plan = read_plan(g);
  const json_t *kept = json_object_get(plan, FLIGHTS[which]);
  SimStatus status = SIM_OK;
  if (json_is_real(kept)) {
    g->flight = json_real_value(kept);
  } else {
    EvalCalibration *c = coself_find_flight(g, g->team, err);
    status = c ? SIM_OK : err->status;
    if (c) {
      g->flight = c->table[c->chosen].flight;
      free(c);
      json_object_set_new(plan, FLIGHTS[which], json_real(g->flight));
      status = write_plan(g, plan, err);
    }
  }
  json_decref(plan);
  if (status == SIM_OK) {
    pol_options_set_flight(g->team->options, g->flight, 0);
  }
  return status;
}
