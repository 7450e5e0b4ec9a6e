// A page that plays the log: assets/replay.html with three.js and the rallies put in. Positions are
// whole millimetres and quaternions 16 bits, little end first, in base64: 90 bytes a step. What a
// log says of itself comes from elsewhere: in the page it is JSON without "<", shown as text only.
#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/base64.h"
#include "sim/base/file.h"
#include "sim/base/text.h"
#include "sim/record/export.h"

enum { ROW_NUMBERS = 3 + 7 * SIM_DRONES, PAGE_MAX = 64 << 20, PART_MAX = 16 << 20 };

// ---- numbers

static void put_number(uint8_t *out, double value) {
  const double low = fmin(fmax(value, -32767), 32767);  // NaN becomes a bound
  const int16_t number = (int16_t)lrint(low);
  out[0] = (uint8_t)(number & 255);
  out[1] = (uint8_t)(number >> 8 & 255);
}

static void put_row(uint8_t *out, const SimRally *rally, int row) {
  for (int i = 0; i < 3; i++, out += 2) {
    put_number(out, 1000.0 * (double)rally->ball_pos[row][i]);
  }
  for (int d = 0; d < SIM_DRONES; d++) {
    for (int i = 0; i < 3; i++, out += 2) {
      put_number(out, 1000.0 * (double)rally->pos[row][d][i]);
    }
    for (int i = 0; i < 4; i++, out += 2) {
      put_number(out, 32767.0 * (double)rally->quat[row][d][i]);
    }
  }
}

static json_t *rows_value(const SimRally *rally) {
  const size_t rows = (size_t)rally->n[SIM_ROWS_STATE], size = rows * ROW_NUMBERS * 2;
  uint8_t *data = malloc(size);
  for (size_t i = 0; data && i < rows; i++) {
    put_row(data + i * ROW_NUMBERS * 2, rally, (int)i);
  }
  char *text = data ? sim_base64(data, size) : NULL;
  json_t *value = text ? json_string(text) : NULL;
  free(text);
  free(data);
  return value;
}

// ---- the log as JSON

static json_t *touches_value(const SimRally *rally, const SimLogInfo *info) {
  json_t *list = json_array();
  for (int i = 0; i < rally->n[SIM_ROWS_TOUCH]; i++) {
    const uint8_t skill = rally->touch_skill[i];
    json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:f}", "step", rally->touch_step[i],
                                          "drone", rally->touch_drone[i], "skill",
                                          skill < info->skills ? info->skill[skill] : "touch",
                                          "speed", (double)rally->touch_speed[i]));
  }
  return list;
}

static json_t *rally_value(const SimRally *rally, const SimLogInfo *info) {
  const SimRallyInfo *r = &rally->info;
  return json_pack("{s:I, s:s, s:s, s:s, s:i, s:o, s:o}", "rally", (json_int_t)r->rally, "server",
                   r->server == SIM_NEAR ? "near" : "far", "winner", sim_winner_name(r->winner),
                   "reason", sim_event_name(r->reason), "steps", r->steps, "touches",
                   touches_value(rally, info), "data", rows_value(rally));
}

static SimStatus add_rally(json_t *list, SimRally *rally, SimLog *log, const SimLogInfo *info,
                           int i, size_t *size, SimError *err) {
  const SimStatus status = sim_log_read(rally, log, i, err);
  if (status != SIM_OK) {
    return status;
  }
  *size += (size_t)rally->n[SIM_ROWS_STATE] * ROW_NUMBERS * 8 / 3;
  if (*size > PAGE_MAX) {
    return sim_error(err, SIM_USAGE,
                     "a page of these rallies is larger than %d MiB, wanted fewer (--rally N)",
                     PAGE_MAX >> 20);
  }
  json_t *value = rally_value(rally, info);
  return value && json_array_append_new(list, value) == 0
             ? SIM_OK
             : sim_error(err, SIM_FAIL, "no memory for rally %lld, or a text that is not UTF-8",
                         (long long)rally->info.rally);
}

static json_t *log_value(SimLog *log, int index, SimError *err) {
  SimLogInfo *info = malloc(sizeof *info);
  SimRally rally = {.state_size = 0};
  json_t *list = json_array(), *value = NULL;
  const int first = index < 0 ? 0 : index, end = index < 0 ? sim_log_rallies(log) : index + 1;
  size_t size = 0;
  SimStatus status = info && list ? sim_log_info(info, log, 0, err)
                                  : sim_error(err, SIM_FAIL, "no memory for a page");
  for (int i = first; status == SIM_OK && i < end; i++) {
    status = add_rally(list, &rally, log, info, i, &size, err);
  }
  if (status == SIM_OK) {
    value =
        json_pack("{s:s, s:s, s:s, s:f, s:i, s:f, s:f, s:f, s:f, s:O}", "near", info->near, "far",
                  info->far, "rules", info->rules, "dt", info->dt, "roster", SIM_ALL_DRONES,
                  "net_top", SIM_NET_TOP, "ball_radius", SIM_BALL_RADIUS, "racket_radius",
                  SIM_RACKET_RADIUS, "racket_height", SIM_RACKET_HEIGHT, "rallies", list);
    if (!value) {
      sim_error(err, SIM_FAIL, "no memory for a page, or a name that is not UTF-8");
    }
  }
  json_decref(list);
  sim_rally_free(&rally);
  free(info);
  return value;
}

// ---- the page

// "<" of a text would end the script that holds it; in JSON it can be written as its number
static void put_json(FILE *out, const char *text) {
  for (; *text; text++) {
    if (*text == '<') {
      fputs("\\u003c", out);
    } else {
      fputc(*text, out);
    }
  }
}

// the folder of the installed data, else where the build found it
static SimStatus read_script(char **text, const char *name, SimError *err) {
  char folder[SIM_PATH_MAX], path[SIM_PATH_MAX];
  size_t size = 0;
  if (sim_path_join(folder, sim_home(), "assets/three", NULL) == SIM_OK &&
      sim_path_join(path, folder, name, NULL) == SIM_OK &&
      sim_file_read(text, &size, path, PART_MAX, NULL) == SIM_OK) {
    return SIM_OK;
  }
  const SimStatus status = sim_path_join(path, SIM_THREE_JS, name, err);
  return status == SIM_OK && sim_file_read(text, &size, path, PART_MAX, err) != SIM_OK
             ? sim_error_prefix(err, "three.js, wanted Debian's libjs-three")
             : status;
}

// copies the template with each part in the place of its mark
static SimStatus put_page(FILE *out, const char *page, const char *const mark[3],
                          const char *const part[3], SimError *err) {
  for (int i = 0; i < 3; i++) {
    const char *place = strstr(page, mark[i]);
    if (!place) {
      return sim_error(err, SIM_BAD_INPUT, "assets/replay.html: saw no %s in its order", mark[i]);
    }
    fwrite(page, 1, (size_t)(place - page), out);
    if (i == 2) {
      put_json(out, part[i]);
    } else {
      fputs(part[i], out);
    }
    page = place + strlen(mark[i]);
  }
  fputs(page, out);
  return SIM_OK;
}

static SimStatus write_page(const char *path, const char *page, const char *three,
                            const char *orbit, const char *data, SimError *err) {
  static const char *const MARK[] = {"/*{three}*/", "/*{orbit}*/", "/*{data}*/"};
  const char *const part[] = {three, orbit, data};
  SimText text;
  FILE *out = sim_text_open(&text);
  const SimStatus status = out ? put_page(out, page, MARK, part, err) : SIM_OK;
  char *whole = sim_text_close(&text);
  if (status != SIM_OK) {
    free(whole);
    return status;
  }
  return sim_text_save(path, whole, err);
}

SimStatus sim_export_html(const char *path, SimLog *log, int index, SimError *err) {
  char *page = NULL, *three = NULL, *orbit = NULL, template[SIM_PATH_MAX];
  size_t size = 0;
  SimError own;
  err = err ? err : &own;
  assert(index < sim_log_rallies(log));
  SimStatus status = sim_path_join(template, sim_home(), "assets/replay.html", err);
  if (status == SIM_OK) {
    status = sim_file_read(&page, &size, template, PART_MAX, err);
  }
  if (status == SIM_OK) {
    status = read_script(&three, "three.min.js", err);
  }
  if (status == SIM_OK) {
    status = read_script(&orbit, "OrbitControls.js", err);
  }
  json_t *value = status == SIM_OK ? log_value(log, index, err) : NULL;
  char *data = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
  if (value) {
    status = data ? write_page(path, page, three, orbit, data, err)
                  : sim_error(err, SIM_FAIL, "%s: no memory to write it", path);
  } else if (status == SIM_OK) {
    status = err->status;
  }
  json_decref(value);
  free(data);
  free(page);
  free(three);
  free(orbit);
  return status;
}
