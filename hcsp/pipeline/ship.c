// First everything is looked at, then weights are written, the team file last: an attempt that
// fails leaves no team.
#include "hcsp/pipeline/ship.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcsp/recipes/skills/critic.h"
#include "hcsp/run/checkpoint.h"
#include "hcsp/run/folder.h"
#include "policies/shipped.h"
#include "sim/base/text.h"

enum { DEPTH_MAX = 3 };
static const char SKILLS[] = "skills";

typedef struct Ship {
  const char *run, *name, *into;
  PolTeam *team;
  json_t *deployed;   // what the run has chosen
  FILE *head, *body;  // of the team file
  SimError *err;
} Ship;

// ---- looking

static SimStatus check_commit(const Ship *s, const char *where, const char *commit) {
  if (!commit || !isxdigit((unsigned char)commit[0]) || strchr(commit, '+')) {
    return sim_error(s->err, SIM_BAD_INPUT,
                     "%s: made by commit %.48s; wanted a clean one: commit all changes, build, and "
                     "train again",
                     where, commit ? commit : "unknown");
  }
  return SIM_OK;
}

static const char *text_of(const json_t *json, const char *key) {
  const char *text = json_string_value(json_object_get(json, key));
  return text ? text : "?";
}

static void write_command(FILE *out, const json_t *words) {
  for (size_t i = 0; i < json_array_size(words); i++) {
    const char *word = json_string_value(json_array_get(words, i));
    fprintf(out, " %s", word ? word : "?");
  }
}

// what a run says about itself, every commit that has worked at it
static SimStatus check_provenance(const Ship *s, const char *folder, const json_t *meta) {
  char path[SIM_PATH_MAX];
  const json_t *again;
  size_t i;
  SIM_TRY(sim_path_join(path, folder, "provenance.json", s->err));
  json_t *json = run_json(folder, "provenance.json");
  SimStatus status = check_commit(s, path, json_string_value(json_object_get(json, "commit")));
  json_array_foreach(json_object_get(json, "resumed"), i, again) {
    status = status ? status
                    : check_commit(s, path, json_string_value(json_object_get(again, "commit")));
  }
  if (status == SIM_OK) {
    const size_t n = strlen(s->run);
    fprintf(s->head, "#   %s: commit %.12s, seed %s, %lld decisions, %.0f CPU s;",
            strlen(folder) > n ? folder + n + 1 : "the run", text_of(json, "commit"),
            text_of(json, "seed"),
            (long long)json_integer_value(json_object_get(meta, "decisions")),
            json_number_value(json_object_get(meta, "cpu_seconds")));
    write_command(s->head, json_object_get(json, "command"));
    fprintf(s->head, "\n");
  }
  json_decref(json);
  return status;
}

static SimStatus check_run(Ship *s, const char *folder) {
  char path[SIM_PATH_MAX];
  SimStatus status = sim_path_join(path, folder, "checkpoints", s->err);
  RunCheckpoint *file = status == SIM_OK ? run_checkpoint_latest(path, s->err) : NULL;
  SIM_TRY(file ? SIM_OK : s->err->status);
  const json_t *meta = run_checkpoint_meta(file);
  if (!json_is_true(json_object_get(meta, "complete"))) {
    status = sim_error(s->err, SIM_BAD_INPUT,
                       "%s: saw a run that is not complete; wanted one that has ended", folder);
  }
  status = status ? status : check_provenance(s, folder, meta);
  json_t *deployed = json_object_get(meta, "deployed");
  if (status == SIM_OK && deployed) {
    json_decref(s->deployed);
    s->deployed = json_incref(deployed);
  }
  run_checkpoint_destroy(file);
  return status;
}

static int is_folder(const struct dirent *entry) {
  return entry->d_name[0] != '.' && strcmp(entry->d_name, "checkpoints") != 0 &&
         strcmp(entry->d_name, "policies") != 0;
}

// the run in a folder, else those in it
static SimStatus check_runs(Ship *s, const char *folder, int depth, int *n) {
  assert(depth >= 0 && depth <= DEPTH_MAX);
  struct dirent **entry;
  struct stat info;
  char path[SIM_PATH_MAX];
  if (run_exists(folder)) {
    ++*n;
    return check_run(s, folder);
  }
  const int entries = depth < DEPTH_MAX ? scandir(folder, &entry, is_folder, alphasort) : -1;
  SimStatus status = SIM_OK;
  for (int i = 0; i < entries; i++) {
    if (status == SIM_OK && sim_path_join(path, folder, entry[i]->d_name, NULL) == SIM_OK &&
        stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
      status = check_runs(s, path, depth + 1, n);
    }
    free(entry[i]);
  }
  if (entries >= 0) {
    free(entry);
  }
  return status;
}

static const char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool is_same(const Ship *s, const PolFile *file, const char *inner) {
  char path[SIM_PATH_MAX];
  PolFile *there =
      sim_path_join(path, s->into, inner, NULL) == SIM_OK ? pol_file_load(path, NULL) : NULL;
  const bool same = there && there->hash == file->hash;
  pol_file_destroy(there);
  return same;
}

static int is_inner(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

// Where in `folder` of what ships the same network lies, and in its folders; false: nowhere.
static bool find_shipped(char inner[SIM_PATH_MAX], const Ship *s, const PolFile *file,
                         const char *folder, int depth) {
  struct dirent **entry = NULL;
  char path[SIM_PATH_MAX];
  bool found = false;
  const int n = sim_path_join(path, s->into, folder, NULL) == SIM_OK
                    ? scandir(path, &entry, is_inner, alphasort)
                    : 0;
  for (int i = 0; i < n; i++) {
    const int length = snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
    if (!found && length < (int)sizeof path) {
      found = pol_ends_with(path, ".safetensors") && is_same(s, file, path);
      if (found) {
        memcpy(inner, path, (size_t)length + 1);
      }
      found = found || (depth > 0 && find_shipped(inner, s, file, path, depth - 1));
    }
    free(entry[i]);
  }
  free(entry);
  return found;
}

static SimStatus check_file(const Ship *s, const PolFile *file) {
  json_t *json = json_loads(file->provenance ? file->provenance : "{}", 0, NULL);
  const SimStatus status =
      check_commit(s, file->path, json_string_value(json_object_get(json, "commit")));
  json_decref(json);
  return status;
}

// what ships already has been looked at when it came
static SimStatus check_skill(const Ship *s, const PolFile *file) {
  char inner[SIM_PATH_MAX];
  return find_shipped(inner, s, file, SKILLS, 1) ? SIM_OK : check_file(s, file);
}

// the mixture must be the one that the run has chosen, by the bytes of its files and its weights
static SimStatus check_mixture(const Ship *s) {
  assert(s->team->strategies >= 1 && s->team->strategies <= POL_MIXTURE_MAX);
  const json_t *files = json_object_get(s->deployed, "files");
  const PolTeam *team = s->team;
  bool same = json_array_size(files) == (size_t)team->strategies;
  for (int i = 0; same && i < team->strategies; i++) {
    const json_t *row = json_array_get(files, (size_t)i);
    const PolFile *file = team->strategy[i].file;
    char hash[17];
    sim_hash_hex(hash, file ? file->hash : 0);
    same = file && strcmp(text_of(row, "hash"), hash) == 0 &&
           fabs(json_number_value(json_object_get(row, "weight")) - team->weight[i]) < 1e-5;
  }
  return same ? SIM_OK
              : sim_error(s->err, SIM_BAD_INPUT,
                          "%s: saw another mixture than the one that the run has chosen; wanted "
                          "that one, as the run has written it",
                          team->path);
}

static SimStatus check_team(const Ship *s) {
  const PolTeam *team = s->team;
  if (team->flat) {
    return sim_error(s->err, SIM_BAD_INPUT, "%s: saw a flat team, wanted one with skills",
                     team->path);
  }
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    SIM_TRY(team->skill[slot] ? check_skill(s, team->skill[slot]) : SIM_OK);
  }
  for (int i = 0; i < team->strategies; i++) {
    SIM_TRY(team->strategy[i].file ? check_file(s, team->strategy[i].file) : SIM_OK);
  }
  if (team->strategy[0].kind == POL_STRATEGY_NET) {
    SIM_TRY(check_mixture(s));
  }
  return SIM_OK;
}

static SimStatus check_name(const Ship *s) {
  char path[SIM_PATH_MAX], file[SIM_PATH_MAX];
  const size_t n = strlen(s->name);
  if (n == 0 || n >= POL_NAME_MAX ||
      strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789_") != n) {
    return sim_error(s->err, SIM_USAGE, "--as '%.60s'; wanted a name of a-z, 0-9 and _", s->name);
  }
  snprintf(file, sizeof file, "teams/%s.yaml", s->name);
  SIM_TRY(sim_path_join(path, s->into, file, s->err));
  if (access(path, F_OK) == 0) {
    return sim_error(s->err, SIM_BAD_INPUT,
                     "%s: there already; wanted another name, or that team and its weights "
                     "removed first",
                     path);
  }
  return SIM_OK;
}

// ---- writing

// copies a file to into/inner
static SimStatus copy_to(const Ship *s, const char *from, const char *inner) {
  char path[SIM_PATH_MAX], folder[SIM_PATH_MAX];
  SIM_TRY(sim_path_join(path, s->into, inner, s->err));
  sim_path_folder(folder, path);
  SIM_TRY(sim_file_make_folder(folder, s->err));
  return sim_file_copy(path, from, s->err);
}

static SimStatus ship_skill(const Ship *s, PolSlot slot) {
  const PolFile *file = s->team->skill[slot];
  char inner[SIM_PATH_MAX];
  SimStatus status = SIM_OK;
  if (!file) {
    fprintf(s->body, "  %s: classical\n", pol_slot_name(slot));
    return SIM_OK;
  }
  if (!find_shipped(inner, s, file, SKILLS, 1)) {
    snprintf(inner, sizeof inner, "skills/%s/%.64s", s->name, last_part(file->path));
    status = copy_to(s, file->path, inner);
  }
  fprintf(s->body, "  %s: ../%s\n", pol_slot_name(slot), inner);
  return status;
}

static SimStatus ship_strategies(const Ship *s) {
  const PolTeam *team = s->team;
  SimStatus status = SIM_OK;
  if (team->strategy[0].kind != POL_STRATEGY_NET) {
    fprintf(s->body, "strategy: %s\n", team->strategy[0].name);
    return SIM_OK;
  }
  fprintf(s->body, "strategy:\n");
  for (int i = 0; status == SIM_OK && i < team->strategies; i++) {
    char inner[256];
    snprintf(inner, sizeof inner, "strategies/%s-%02d.safetensors", s->name, i);
    status = copy_to(s, team->strategy[i].file->path, inner);
    fprintf(s->body, "  - {policy: ../%s, weight: %.6g}\n", inner, team->weight[i]);
  }
  return status;
}

// the file beside the skills under a key of the team's
static SimStatus ship_beside(const Ship *s, const char *key, const char *from, const char *file) {
  char inner[256];
  snprintf(inner, sizeof inner, "skills/%s/%s", s->name, file);
  fprintf(s->body, "%s: ../%s\n", key, inner);
  return copy_to(s, from, inner);
}

static SimStatus ship_all(const Ship *s) {
  const PolTeam *team = s->team;
  fprintf(s->body, "name: %s\noptions: %s\n", s->name, team->options->name);
  SimStatus status = ship_strategies(s);
  fprintf(s->body, "sample_strategy: %s\nsample_skills: %s\n%s",
          team->strategy[0].sample ? "true" : "false", team->sample_skills ? "true" : "false",
          team->strategy[0].unmasked ? "masked: false\n" : "");
  if (status == SIM_OK && team->calibrated && team->options->calibration_hash != 0) {
    status = ship_beside(s, "calibration", team->calibration_path, "calibration.json");
  }
  if (status == SIM_OK && team->critic[0]) {
    status = ship_beside(s, "critic", team->critic, SKILLS_CRITIC_FILE);
  }
  if (team->met[0]) {
    fprintf(s->body, "met: \"%s\"\n", team->met);
  }
  if (team->seeds[0]) {
    fprintf(s->body, "seeds: \"%s\"\n", team->seeds);
  }
  fprintf(s->body, "skills:\n");
  for (int slot = 0; status == SIM_OK && slot < POL_SLOTS; slot++) {
    status = ship_skill(s, (PolSlot)slot);
  }
  return status;
}

static void tell_choice(const Ship *s) {
  const json_t *candidate;
  size_t i;
  if (!s->deployed) {
    return;
  }
  fprintf(s->head,
          "# The run chose the mixture '%s', which opponents beat least often, by points of the "
          "seed %lld:",
          text_of(s->deployed, "chosen"),
          (long long)json_integer_value(json_object_get(s->deployed, "seed")));
  json_array_foreach(json_object_get(s->deployed, "candidates"), i, candidate) {
    fprintf(s->head, "%s '%s' at worst %.1f %%", i ? "," : "", text_of(candidate, "name"),
            100 * json_number_value(json_object_get(candidate, "worst")));
  }
  fprintf(s->head, ".\n# Figures of this team are measured with other seeds.\n");
}

// looks, writes the weights and fills the two parts of the team file
static SimStatus ship(Ship *s) {
  int n = 0;
  fprintf(s->head, "# Made by `hcsp ship` from a run of\n");
  SIM_TRY(check_name(s));
  s->team = pol_team_load(s->run, s->err);
  SIM_TRY(s->team ? check_runs(s, s->run, 0, &n) : s->err->status);
  if (n == 0) {
    return sim_error(s->err, SIM_BAD_INPUT, "%s: saw no run, wanted a run folder", s->run);
  }
  SIM_TRY(check_team(s));
  tell_choice(s);
  return ship_all(s);
}

static SimStatus write_team(const Ship *s, const char *head, const char *body) {
  char path[SIM_PATH_MAX], file[SIM_PATH_MAX], folder[SIM_PATH_MAX];
  snprintf(file, sizeof file, "teams/%s.yaml", s->name);
  SimStatus status = sim_path_join(path, s->into, file, s->err);
  SIM_TRY(status);
  SimText text;
  fprintf(sim_text_open(&text), "%s%s", head, body);
  sim_path_folder(folder, path);
  status = sim_file_make_folder(folder, s->err);
  char *whole = sim_text_close(&text);
  status = status ? status : sim_file_write(path, whole, text.size, s->err);
  free(whole);
  // what has been written is a team, or that is said now
  PolTeam *team = status == SIM_OK ? pol_team_load(path, s->err) : NULL;
  status = status == SIM_OK && !team ? s->err->status : status;
  pol_team_destroy(team);
  return status;
}

SimStatus pipeline_ship(const char *run, const char *name, const char *into, SimError *err) {
  assert(run && name && into);
  SimText head_text, body_text;
  Ship s = {.run = run,
            .name = name,
            .into = into,
            .head = sim_text_open(&head_text),
            .body = sim_text_open(&body_text),
            .err = err};
  SimStatus status = ship(&s);
  char *head = sim_text_close(&head_text), *body = sim_text_close(&body_text);
  status = status ? status : write_team(&s, head, body);
  pol_team_destroy(s.team);
  json_decref(s.deployed);
  free(head);
  free(body);
  return status;
}
