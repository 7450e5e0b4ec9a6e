// Files are treated as hostile; what is only there for readers (the kill table) is not looked at.
#include "policies/calibration.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/shipped.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

enum { FILE_BYTES_MAX = 4 << 20 };
#define FLIGHT_MIN 0.5  // s
#define FLIGHT_MAX 3.0

void pol_calibration_seal(PolCalibration *calibration) {
  uint64_t hash = pol_hash_chain(0, calibration->options, strlen(calibration->options));
  hash = pol_hash_chain(hash, &calibration->options_hash, sizeof calibration->options_hash);
  hash = pol_hash_chain(hash, calibration->skill, sizeof calibration->skill);
  calibration->hash = pol_hash_chain(hash, &calibration->flight, sizeof calibration->flight);
}

static SimStatus refuse(SimError *err, const char *path, const char *key, const char *wanted) {
  return sim_error(err, SIM_BAD_INPUT, "%s: key '%s': saw something else, wanted %s", path, key,
                   wanted);
}

static SimStatus take_hash(uint64_t *hash, const char *path, const json_t *json, const char *key,
                           SimError *err) {
  const char *text = json_string_value(json_object_get(json, key));
  if (!text || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16) {
    return refuse(err, path, key, "16 digits of 0-9 and a-f");
  }
  *hash = (uint64_t)strtoull(text, NULL, 16);
  return SIM_OK;
}

static SimStatus take_format(PolCalibration *calibration, const char *path, const json_t *json,
                             SimError *err) {
  const char *format = json_string_value(json_object_get(json, "format"));
  const json_t *version = json_object_get(json, "version");
  const char *options = json_string_value(json_object_get(json, "options"));
  if (!format || strcmp(format, POL_CALIBRATION_FORMAT) != 0) {
    return refuse(err, path, "format", "'" POL_CALIBRATION_FORMAT "'");
  }
  if (!json_is_integer(version) || json_integer_value(version) != POL_CALIBRATION_VERSION) {
    return refuse(err, path, "version", "1");
  }
  if (!options || !pol_is_plain(options) || strlen(options) >= sizeof calibration->options) {
    return refuse(err, path, "options", "the name of an option table");
  }
  snprintf(calibration->options, sizeof calibration->options, "%s", options);
  return SIM_OK;
}

static SimStatus take_all(PolCalibration *calibration, const char *path, const json_t *json,
                          SimError *err) {
  SimStatus status = take_format(calibration, path, json, err);
  if (status == SIM_OK) {
    status = take_hash(&calibration->options_hash, path, json, "options_hash", err);
  }
  const json_t *skills = json_object_get(json, "skills");
  for (int i = 0; status == SIM_OK && i < POL_CALIBRATION_SKILLS; i++) {
    status = take_hash(&calibration->skill[i], path, skills,
                       pol_slot_name(pol_calibration_slots[i]), err);
  }
  const json_t *flight = json_object_get(json, "flight");
  calibration->flight = json_number_value(flight);
  const bool sane = calibration->flight >= FLIGHT_MIN && calibration->flight <= FLIGHT_MAX;
  if (status == SIM_OK && (!json_is_number(flight) || !sane)) {
    status = refuse(err, path, "flight", "a number of seconds from 0.5 to 3");
  }
  return status;
}

SimStatus pol_calibration_parse(PolCalibration *calibration, const char *path, const char *text,
                                size_t size, SimError *err) {
  json_error_t reason;
  *calibration = (PolCalibration){0};
  json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &reason);
  if (!json) {
    return sim_error(err, SIM_BAD_INPUT, "%s:%d:%d: saw no JSON, wanted a calibration", path,
                     reason.line, reason.column);
  }
  const SimStatus status = take_all(calibration, path, json, err);
  json_decref(json);
  if (status == SIM_OK) {
    pol_calibration_seal(calibration);
  }
  return status;
}

SimStatus pol_calibration_load(PolCalibration *calibration, const char *path, SimError *err) {
  char *text;
  size_t size;
  SimStatus status = sim_file_read(&text, &size, path, FILE_BYTES_MAX, err);
  if (status == SIM_OK) {
    status = pol_calibration_parse(calibration, path, text, size, err);
    free(text);
  }
  return status;
}

SimStatus pol_calibration_save(const char *path, const PolCalibration *c, SimError *err) {
  char hash[17];
  sim_hash_hex(hash, c->options_hash);
  json_t *skills = json_object();
  json_t *json = json_pack("{s:s, s:i, s:s, s:s, s:f, s:o}", "format", POL_CALIBRATION_FORMAT,
                           "version", POL_CALIBRATION_VERSION, "options", c->options,
                           "options_hash", hash, "flight", c->flight, "skills", skills);
  for (int i = 0; i < POL_CALIBRATION_SKILLS; i++) {
    sim_hash_hex(hash, c->skill[i]);
    json_object_set_new(skills, pol_slot_name(pol_calibration_slots[i]), json_string(hash));
  }
  char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
  json_decref(json);
  return sim_text_save(path, text, err);
}
