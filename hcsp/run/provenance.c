// provenance.json. What the program knows by itself comes from the version of sim/base, from the
// compiler's own macros and from the kernel's tables.
#include "hcsp/run/provenance.h"

#include <inttypes.h>
#include <jansson.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "sim/base/cores.h"
#include "sim/base/log.h"
#include "sim/base/text.h"
#include "sim/base/version.h"

#ifdef __clang__
#define COMPILER __VERSION__  // "Debian Clang 14.0.6"
#else
#define COMPILER "gcc " __VERSION__
#endif

enum { PROVENANCE_MAX = 16 << 20 };  // bytes

static void format_now(char out[32]) {
  const time_t now = time(NULL);
  struct tm utc;
  gmtime_r(&now, &utc);
  strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

// "model name : AMD EPYC ..." of the first core
static void find_cpu(char *out, size_t size) {
  snprintf(out, size, "unknown");
  FILE *file = fopen("/proc/cpuinfo", "re");
  char line[256];
  while (file && fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (value && strncmp(line, "model name", 10) == 0) {
      value += 1 + strspn(value + 1, " ");
      value[strcspn(value, "\n")] = '\0';
      snprintf(out, size, "%s", value);
      break;
    }
  }
  if (file) {
    fclose(file);
  }
}

// words that are not UTF-8 lose those bytes rather than the whole file
static json_t *json_words(int argc, char *const *argv) {
  json_t *words = json_array();
  for (int i = 0; i < argc; i++) {
    json_t *word = json_string(argv[i]);
    if (!word) {
      char plain[256];
      size_t used = 0;
      for (const char *c = argv[i]; *c && used + 1 < sizeof plain; c++) {
        plain[used++] = (unsigned char)*c < 0x80 ? *c : '?';
      }
      plain[used] = '\0';
      word = json_string(plain);
    }
    json_array_append_new(words, word);
  }
  return words;
}

static void set_text(json_t *json, const char *key, const char *text) {
  json_t *value = json_string(text);
  json_object_set_new(json, key, value ? value : json_string("?"));
}

// what can differ between the start and a later part of a run
static json_t *describe_process(const RunInfo *info, const char *time_key) {
  char now[32], cpu[128], seed[32], hash[17];
  format_now(now);
  find_cpu(cpu, sizeof cpu);
  snprintf(seed, sizeof seed, "%" PRIu64, info->seed);
  sim_hash_hex(hash, sim_hash(info->config, strlen(info->config)));
  struct utsname host;
  if (uname(&host) != 0) {
    snprintf(host.nodename, sizeof host.nodename, "unknown");
  }
  json_t *json = json_object();
  set_text(json, time_key, now);
  set_text(json, "version", sim_version());
  set_text(json, "commit", sim_commit());
  set_text(json, "build", HCSP_BUILD);
  set_text(json, "compiler", COMPILER);
  set_text(json, "mujoco", mj_versionString());
  set_text(json, "host", host.nodename);
  set_text(json, "cpu", cpu);
  json_object_set_new(json, "cores", json_integer(sim_cores()));
  set_text(json, "device", info->device);
  json_object_set_new(json, "threads", json_integer(info->threads));
  json_object_set_new(json, "command", json_words(info->argc, info->argv));
  set_text(json, "seed", seed);
  set_text(json, "config_hash", hash);
  json_object_set_new(json, "inputs", info->inputs ? json_incref(info->inputs) : json_object());
  return json;
}

static SimStatus write_json(const char *path, json_t *json, SimError *err) {
  char *text = json_dumps(json, JSON_INDENT(2));
  json_decref(json);
  return sim_text_save(path, text, err);
}

SimStatus run_provenance_write(const char *path, const RunInfo *info, SimError *err) {
  json_t *json = describe_process(info, "started");
  set_text(json, "program", "hcsp");
  if (info->training) {
    set_text(json, "training", info->training);
  }
  json_object_set_new(json, "resumed", json_array());
  return write_json(path, json, err);
}

SimStatus run_provenance_resume(const char *path, const RunInfo *info, SimError *err) {
  char *text = NULL;
  size_t size = 0;
  SimError why = {.text = "it is no JSON object with an array 'resumed'"};
  json_t *json = NULL;
  if (sim_file_read(&text, &size, path, PROVENANCE_MAX, &why) == SIM_OK) {
    json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
  }
  free(text);
  if (!json_is_array(json_object_get(json, "resumed"))) {
    sim_log(SIM_LOG_WARNING, "%s is written afresh: %s", path, why.text);
    json_decref(json);
    json = describe_process(info, "started");
    json_object_set_new(json, "resumed", json_array());
  }
  json_t *again = describe_process(info, "at");
  json_object_set_new(again, "step", json_integer(info->step));
  json_array_append_new(json_object_get(json, "resumed"), again);
  return write_json(path, json, err);
}
