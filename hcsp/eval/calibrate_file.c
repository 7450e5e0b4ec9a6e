// The calibration file: what a team reads (policies/calibration.h) and, for people and plots, every
// kill table that was measured on the way.
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/calibrate.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

static json_t *hash_json(uint64_t hash) {
  char text[17];
  sim_hash_hex(text, hash);
  return json_string(text);
}

static json_t *names_json(const PolOptions *table, PolHead head, const int *option, int n) {
  json_t *list = json_array();
  for (int i = 0; i < n; i++) {
    json_array_append_new(list, json_string(table->option[head][option[i]].name));
  }
  return list;
}

static json_t *mix_json(const double *mix, int n) {
  json_t *list = json_array();
  for (int i = 0; i < n; i++) {
    json_array_append_new(list, json_real(round(1e4 * mix[i]) / 1e4));
  }
  return list;
}

typedef enum Figure { KILLS, ERRORS, RETURNED } Figure;

static json_t *counts_json(const EvalCalibration *c, const EvalKillTable *table, Figure figure) {
  json_t *rows = json_array();
  for (int a = 0; a < c->attacks; a++) {
    json_t *row = json_array();
    for (int w = 0; w < c->waits; w++) {
      const EvalKills *cell = &table->cell[a][w];
      const int count = figure == KILLS    ? cell->kills
                        : figure == ERRORS ? cell->errors
                                           : cell->returned;
      json_array_append_new(row, json_integer(count));
    }
    json_array_append_new(rows, row);
  }
  return rows;
}

static json_t *table_json(const EvalCalibration *c, const EvalKillTable *table) {
  json_t *json = json_object();
  json_object_set_new(json, "flight", json_real(table->flight));
  json_object_set_new(json, "points", json_integer(table->points));
  json_object_set_new(json, "value", json_real(round(1e4 * table->value) / 1e4));
  json_object_set_new(json, "attack_mix", mix_json(table->attack, c->attacks));
  json_object_set_new(json, "wait_mix", mix_json(table->wait, c->waits));
  json_object_set_new(json, "kills", counts_json(c, table, KILLS));
  json_object_set_new(json, "errors", counts_json(c, table, ERRORS));
  json_object_set_new(json, "returned", counts_json(c, table, RETURNED));
  return json;
}

static json_t *skills_json(const PolTeam *team) {
  json_t *json = json_object();
  for (int i = 0; i < POL_CALIBRATION_SKILLS; i++) {
    const PolSlot slot = pol_calibration_slots[i];
    json_object_set_new(json, pol_slot_name(slot), hash_json(pol_team_skill_hash(team, slot)));
  }
  return json;
}

char *eval_calibration_text(const EvalCalibration *c, const PolTeam *team) {
  assert(c->chosen >= 0 && c->chosen < c->times);
  const PolOptions *table = team->options;
  json_t *json = json_object(), *tables = json_array();
  json_object_set_new(json, "format", json_string(POL_CALIBRATION_FORMAT));
  json_object_set_new(json, "version", json_integer(POL_CALIBRATION_VERSION));
  json_object_set_new(json, "options", json_string(table->name));
  json_object_set_new(json, "options_hash", hash_json(table->hash));
  json_object_set_new(json, "skills", skills_json(team));
  json_object_set_new(json, "flight", json_real(c->table[c->chosen].flight));
  json_object_set_new(json, "value", json_real(round(1e4 * c->table[c->chosen].value) / 1e4));
  json_object_set_new(json, "points", json_integer(c->points));
  json_object_set_new(json, "seed", json_integer((json_int_t)c->seed));
  json_object_set_new(json, "sampled", json_boolean(team->sample_skills));
  json_object_set_new(json, "attacks", names_json(table, POL_HEAD_ATTACKER, c->attack, c->attacks));
  json_object_set_new(json, "waits", names_json(table, POL_HEAD_PASSER, c->wait, c->waits));
  for (int i = 0; i < c->times; i++) {
    json_array_append_new(tables, table_json(c, &c->table[i]));
  }
  json_object_set_new(json, "tables", tables);
  char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
  json_decref(json);
  return text;
}

SimStatus eval_calibration_save(const char *path, const EvalCalibration *c, const PolTeam *team,
                                SimError *err) {
  return sim_text_save(path, eval_calibration_text(c, team), err);
}
