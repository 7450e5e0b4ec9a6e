// Loading a team: the YAML is read (team_yaml.c), then everything it names is loaded and must fit.
// A file named in several slots is loaded once. The team's hash covers what the file says, the
// option table, the bytes of the policy files and the gains of the model-based skills.
#include "policies/team.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policies/file_metadata.h"
#include "policies/shipped.h"
#include "policies/team_yaml.h"
#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"

static uint64_t hash_team(const PolTeam *team);
static const char FOLDER[] = "policies/teams", ENDING[] = ".safetensors";
enum { TEAM_BYTES_MAX = 1 << 20, LAYOUTS_MAX = 4, FILES_MAX = POL_SLOTS + POL_MIXTURE_MAX };

// The observation layouts that each slot can be given, most usual first; a new layout is added here
// and nowhere else. Source: sim/README.md 6.2.
static const char *const SLOT_LAYOUTS[POL_SLOTS][LAYOUTS_MAX] = {
    [POL_GOTO] = {"goto26", "hover27"},          [POL_SERVE] = {"serve37", "strike43"},
    [POL_SERVE_HOVER] = {"goto26", "hover27"},   [POL_RECEIVE] = {"ball34", "strike43"},
    [POL_RECEIVE_HOVER] = {"goto26", "hover27"}, [POL_PASS] = {"side36", "strike43"},
    [POL_PASS_HOVER] = {"goto26", "hover27"},    [POL_SET] = {"ball34", "strike43"},
    [POL_SET_HOVER] = {"goto26", "hover27"},     [POL_ATTACK] = {"side36", "strike43"},
    [POL_ATTACK_HOVER] = {"goto26", "hover27"},
};

// A file that has been loaded, by the path it was found under.
typedef struct Loaded {
  char *path;
  PolFile *file;
} Loaded;

// A team in the making.
typedef struct Loading {
  PolTeam *team;
  const PolTeamYaml *yaml;
  const char *path;
  char folder[SIM_PATH_MAX];
  Loaded loaded[FILES_MAX];
  int n;
  SimError *err;
} Loading;

static SimStatus refuse(const Loading *l, const char *key, const char *saw, const char *wanted) {
  return sim_config_refuse(l->err, l->path, key, saw, wanted);
}

// puts the place of key in front of the sentence in err
static SimStatus place(const Loading *l, const char *key) {
  char where[SIM_PATH_MAX + 128];
  snprintf(where, sizeof where, "%s: key '%s'", l->path, key);
  return sim_error_prefix(l->err, where);
}

// ---- files

// the policy file `name`, loaded once; NULL and err when it is none
static PolFile *load_file(Loading *l, const char *key, const char *name) {
  char joined[SIM_PATH_MAX];
  if (sim_path_join(joined, l->folder, name, l->err) != SIM_OK) {
    place(l, key);
    return NULL;
  }
  char *path = realpath(joined, NULL);
  path = path ? path : strdup(joined);
  for (int i = 0; path && i < l->n; i++) {
    if (strcmp(l->loaded[i].path, path) == 0) {
      free(path);
      return l->loaded[i].file;
    }
  }
  assert(l->n < FILES_MAX);
  PolFile *file = path ? pol_file_load(joined, l->err) : NULL;
  if (!file) {
    if (!path) {
      sim_error(l->err, SIM_FAIL, "no memory");
    }
    place(l, key);
    free(path);
    return NULL;
  }
  l->loaded[l->n++] = (Loaded){path, file};
  return file;
}

// ---- skills

static void join_layouts(char *out, size_t size, PolSlot slot) {
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < LAYOUTS_MAX && SLOT_LAYOUTS[slot][i] && used < size; i++) {
    used +=
        (size_t)snprintf(out + used, size - used, "%s%s", i ? " or " : "", SLOT_LAYOUTS[slot][i]);
  }
}

static bool slot_takes(PolSlot slot, const char *obs) {
  for (int i = 0; i < LAYOUTS_MAX && SLOT_LAYOUTS[slot][i]; i++) {
    if (strcmp(SLOT_LAYOUTS[slot][i], obs) == 0) {
      return true;
    }
  }
  return false;
}

// what every skill must be
static SimStatus check_rotors(const PolFile *file, SimError *err) {
  const int layout = sim_obs_find(file->obs);
  if (file->kind != POL_KIND_SKILL) {
    return sim_error(err, SIM_BAD_INPUT, "saw a %s policy, wanted a skill policy",
                     pol_kind_words[file->kind]);
  }
  int size[POL_ACT_HEADS_MAX];
  if (pol_act_heads(size, file->act) != 0 || file->net->arch.outputs != SIM_ROTORS) {
    return sim_error(err, SIM_BAD_INPUT,
                     "saw act '%s' with %d outputs, wanted rotor4 or ctbr4 with 4", file->act,
                     file->net->arch.outputs);
  }
  if (layout < 0 || sim_obs_per_team((SimLayout)layout) ||
      file->net->arch.inputs != sim_obs_size((SimLayout)layout)) {
    return sim_error(err, SIM_BAD_INPUT, "saw obs '%s' with %d inputs, wanted a layout of a drone",
                     file->obs, file->net->arch.inputs);
  }
  return SIM_OK;
}

SimStatus pol_team_check_skill(const PolFile *file, PolSlot slot, SimError *err) {
  if (file->kind == POL_KIND_SKILL && !slot_takes(slot, file->obs)) {
    char wanted[128];
    join_layouts(wanted, sizeof wanted, slot);
    return sim_error(err, SIM_BAD_INPUT, "saw obs '%s', wanted %s for the slot %s", file->obs,
                     wanted, pol_slot_name(slot));
  }
  return check_rotors(file, err);
}

static SimStatus read_skill(Loading *l, PolSlot slot) {
  const char *word = l->yaml->skills->slot[slot];
  char key[64];
  snprintf(key, sizeof key, "skills.%s", pol_slot_name(slot));
  if (strcmp(word, "classical") == 0) {
    l->team->classical =
        l->team->classical ? l->team->classical : pol_classical_create(NULL, l->err);
    return l->team->classical ? SIM_OK : place(l, key);
  }
  if (!pol_ends_with(word, ENDING)) {
    char saw[96];
    snprintf(saw, sizeof saw, "'%.64s'", word);
    return refuse(l, key, saw, "classical or a .safetensors file");
  }
  PolFile *file = load_file(l, key, word);
  if (!file) {
    return l->err ? l->err->status : SIM_BAD_INPUT;
  }
  if (pol_team_check_skill(file, slot, l->err) != SIM_OK) {
    sim_error_prefix(l->err, word);
    return place(l, key);
  }
  l->team->skill[slot] = file;
  return SIM_OK;
}

// ---- strategies

static SimStatus read_strategy(Loading *l, const char *key, const char *word, double weight) {
  PolStrategy *strategy = &l->team->strategy[l->team->strategies];
  const bool sample = l->yaml->sample && *l->yaml->sample;
  char saw[96], wanted[256];
  snprintf(saw, sizeof saw, "'%.64s'", word);
  if (!pol_ends_with(word, ENDING)) {
    if (!pol_strategy_find_rule(strategy, wanted, sizeof wanted, word, l->team->options)) {
      return refuse(l, key, saw, wanted);
    }
  } else {
    *strategy =
        (PolStrategy){.kind = POL_STRATEGY_NET, .unmasked = l->yaml->masked && !*l->yaml->masked};
    strategy->file = load_file(l, key, word);
    if (!strategy->file) {
      return l->err ? l->err->status : SIM_BAD_INPUT;
    }
    snprintf(strategy->name, sizeof strategy->name, "%.*s", POL_NAME_MAX - 1, strategy->file->name);
  }
  strategy->sample = l->yaml->sample_strategy ? *l->yaml->sample_strategy : sample;
  if (pol_strategy_check(strategy, l->team->options, l->err) != SIM_OK) {
    sim_error_prefix(l->err, word);
    return place(l, key);
  }
  l->team->weight[l->team->strategies++] = weight;
  return SIM_OK;
}

// takes over word, a file that flies without skills
static SimStatus read_flat(Loading *l, const char *key, const char *word, double weight) {
  PolStrategy *strategy = &l->team->strategy[l->team->strategies];
  if (!pol_ends_with(word, ENDING)) {
    char saw[96];
    snprintf(saw, sizeof saw, "'%.64s'", word);
    return refuse(l, key, saw, "a .safetensors file");
  }
  *strategy = (PolStrategy){.kind = POL_STRATEGY_FLAT, .sample = l->team->sample_skills};
  strategy->file = load_file(l, key, word);
  if (!strategy->file) {
    return l->err ? l->err->status : SIM_BAD_INPUT;
  }
  snprintf(strategy->name, sizeof strategy->name, "%.*s", POL_NAME_MAX - 1, strategy->file->name);
  if (pol_strategy_check(strategy, l->team->options, l->err) != SIM_OK) {
    sim_error_prefix(l->err, word);
    return place(l, key);
  }
  l->team->weight[l->team->strategies++] = weight;
  return SIM_OK;
}

typedef SimStatus ReadMember(Loading *l, const char *key, const char *word, double weight);

// the members of the list behind name
static SimStatus read_mixture(Loading *l, const char *name, const PolMemberYaml *member, uint32_t n,
                              ReadMember *read) {
  double sum = 0;
  for (uint32_t i = 0; i < n; i++) {
    char key[64], saw[32];
    snprintf(key, sizeof key, "%s[%u].weight", name, (unsigned)i);
    if (!(member[i].weight > 0 && member[i].weight <= 1e6)) {
      snprintf(saw, sizeof saw, "%g", member[i].weight);
      return refuse(l, key, saw, "a number above 0 and at most 1e6");
    }
    snprintf(key, sizeof key, "%s[%u].policy", name, (unsigned)i);
    const SimStatus status = read(l, key, member[i].policy, member[i].weight);
    if (status != SIM_OK) {
      return status;
    }
    sum += member[i].weight;
  }
  for (int i = 0; i < l->team->strategies; i++) {
    l->team->weight[i] /= sum;
  }
  return SIM_OK;
}

// ---- hashes of parts

static uint64_t hash_u64(uint64_t hash, uint64_t value) {
  return pol_hash_chain(hash, &value, sizeof value);
}

static uint64_t hash_gains(uint64_t hash) {
  char path[SIM_PATH_MAX];
  char *text;
  size_t size;
  if (sim_path_join(path, sim_home(), "configs/classical.yaml", NULL) == SIM_OK &&
      sim_file_read(&text, &size, path, TEAM_BYTES_MAX, NULL) == SIM_OK) {
    hash = pol_hash_chain(hash, text, size);
    free(text);
  }
  return hash;
}

uint64_t pol_team_skill_hash(const PolTeam *team, PolSlot slot) {
  return team->skill[slot] ? team->skill[slot]->hash : hash_gains(0);
}

// ---- calibrated flight times

static const char CALIBRATION[] = "calibration.json";

// NULL when calibration holds for the team's skills, else the first that is another
static const char *other_skill(const PolCalibration *calibration, const PolTeam *team) {
  for (int i = 0; i < POL_CALIBRATION_SKILLS; i++) {
    if (calibration->skill[i] != pol_team_skill_hash(team, pol_calibration_slots[i])) {
      return pol_slot_name(pol_calibration_slots[i]);
    }
  }
  return NULL;
}

// gives the table the times of the team's calibration, when that was made for it
static void calibrate(PolOptions *options, const PolTeam *team) {
  const PolCalibration *calibration = &team->calibration;
  if (team->calibrated && calibration->options_hash == options->hash &&
      pol_options_calibrated(options)) {
    pol_options_set_flight(options, calibration->flight, calibration->hash);
  }
}

// a calibration that the team file names must fit
static SimStatus read_named(Loading *l, const char *path) {
  PolTeam *team = l->team;
  PolCalibration *calibration = &team->calibration;
  if (pol_calibration_load(calibration, path, l->err) != SIM_OK) {
    return place(l, "calibration");
  }
  const char *other = other_skill(calibration, team);
  if (other) {
    char saw[96];
    snprintf(saw, sizeof saw, "a calibration for another skill '%s'", other);
    return refuse(l, "calibration", saw, "one for the skills of this team");
  }
  if (calibration->options_hash != team->options->hash) {
    char saw[96];
    snprintf(saw, sizeof saw, "a calibration for another option table '%s'", calibration->options);
    return refuse(l, "calibration", saw, "one for the option table of this team");
  }
  team->calibrated = true;
  return SIM_OK;
}

// One that lies beside the attack skill is used when it fits; beside the team file where no network
// attacks.
static void find_calibration(Loading *l) {
  PolTeam *team = l->team;
  char folder[SIM_PATH_MAX], *path = team->calibration_path;
  const char *attack = l->yaml->skills->slot[POL_ATTACK];
  struct stat info;
  snprintf(folder, sizeof folder, "%s", l->folder);
  if (team->skill[POL_ATTACK] && sim_path_join(path, l->folder, attack, NULL) == SIM_OK) {
    sim_path_folder(folder, path);
  }
  team->calibrated = sim_path_join(path, folder, CALIBRATION, NULL) == SIM_OK &&
                     stat(path, &info) == 0 &&
                     pol_calibration_load(&team->calibration, path, NULL) == SIM_OK &&
                     !other_skill(&team->calibration, team);
}

static SimStatus read_calibration(Loading *l) {
  char path[SIM_PATH_MAX];
  if (l->yaml->calibration) {
    if (sim_path_join(path, l->folder, l->yaml->calibration, l->err) != SIM_OK) {
      return place(l, "calibration");
    }
    snprintf(l->team->calibration_path, sizeof l->team->calibration_path, "%s", path);
    const SimStatus status = read_named(l, path);
    if (status != SIM_OK) {
      return status;
    }
  } else {
    find_calibration(l);
  }
  calibrate(l->team->options, l->team);
  return SIM_OK;
}

SimStatus pol_team_set_options(PolTeam *team, const char *name, SimError *err) {
  PolOptions *options = pol_options_load(name, err);
  if (!options) {
    return SIM_BAD_INPUT;
  }
  calibrate(options, team);
  pol_options_destroy(team->options);
  team->options = options;
  team->hash = hash_team(team);
  return SIM_OK;
}

SimStatus pol_team_set_skill(PolTeam *team, PolSlot slot, const char *path, SimError *err) {
  PolFile *file = pol_file_load(path, err), *old = team->skill[slot];
  if (!file) {
    return SIM_BAD_INPUT;
  }
  if (pol_team_check_skill(file, slot, err) != SIM_OK) {
    pol_file_destroy(file);
    return sim_error_prefix(err, path);
  }
  team->skill[slot] = file;
  for (int s = 0; s < POL_SLOTS; s++) {
    old = team->skill[s] == old ? NULL : old;
  }
  pol_file_destroy(old);
  team->calibrated = team->calibrated && !other_skill(&team->calibration, team);
  team->hash = hash_team(team);
  return SIM_OK;
}

// ---- the parts of a team

static SimStatus read_options(Loading *l) {
  char path[SIM_PATH_MAX];
  // a flat team asks for nothing, but logs name a table
  const char *name = l->yaml->options ? l->yaml->options : "paper";
  if (pol_ends_with(name, ".yaml")) {
    if (sim_path_join(path, l->folder, name, l->err) != SIM_OK) {
      return place(l, "options");
    }
    name = path;
  }
  l->team->options = pol_options_load(name, l->err);
  return l->team->options ? SIM_OK : place(l, "options");
}

static SimStatus read_critic(Loading *l) {
  const char *name = l->yaml->critic;
  return !name || sim_path_join(l->team->critic, l->folder, name, l->err) == SIM_OK
             ? SIM_OK
             : place(l, "critic");
}

// a line of words into out[size]
static SimStatus read_words(char *out, size_t size, const char *words, const char *key,
                            Loading *l) {
  if (!words) {
    return SIM_OK;
  }
  if (!pol_is_plain(words) || strlen(words) >= size) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "at most %zu printable characters", size - 1);
    return refuse(l, key, "other characters, blanks around it or a longer line", wanted);
  }
  snprintf(out, size, "%s", words);
  return SIM_OK;
}

// whole numbers with blanks between
static SimStatus read_seeds(Loading *l) {
  const char *seeds = l->yaml->seeds;
  if (seeds && seeds[strspn(seeds, "0123456789 ")] != '\0') {
    return refuse(l, "seeds", seeds, "whole numbers with blanks between");
  }
  return read_words(l->team->seeds, sizeof l->team->seeds, seeds, "seeds", l);
}

static SimStatus read_flats(Loading *l) {
  const PolTeamYaml *yaml = l->yaml;
  if (yaml->strategy || yaml->mixture || yaml->skills) {
    return refuse(l, yaml->skills ? "skills" : "strategy", "it besides 'flat'",
                  "either flat or strategy and skills");
  }
  l->team->flat = true;
  return yaml->flat
             ? read_flat(l, "flat", yaml->flat, 1)
             : read_mixture(l, "flat", yaml->flat_mixture, yaml->flat_mixture_count, read_flat);
}

static SimStatus check_keys(const Loading *l) {
  const PolTeamYaml *yaml = l->yaml;
  if (!pol_is_plain(yaml->name)) {
    return refuse(l, "name", "other characters or blanks around it", "printable ASCII");
  }
  if (yaml->flat || yaml->flat_mixture) {
    return SIM_OK;
  }
  if (!yaml->options) {
    return refuse(l, "options", "no such key", "the name of an option table or its .yaml file");
  }
  if (!yaml->strategy && !yaml->mixture) {
    return refuse(l, "strategy", "no such key",
                  "bot, bot_plus, bot_volley, wild, random, rule:WAIT:ATTACK, a .safetensors file, "
                  "or a list");
  }
  return yaml->skills ? SIM_OK : refuse(l, "skills", "no such key", "the eleven slots");
}

static SimStatus read_team(Loading *l) {
  const PolTeamYaml *yaml = l->yaml;
  SimStatus status = check_keys(l);
  snprintf(l->team->name, sizeof l->team->name, "%s", yaml->name);
  const bool sample = yaml->sample && *yaml->sample;
  l->team->sample_skills = yaml->sample_skills ? *yaml->sample_skills : sample;
  status = status ? status : read_words(l->team->met, sizeof l->team->met, yaml->met, "met", l);
  status = status ? status : read_seeds(l);
  status = status ? status : read_options(l);
  if (status != SIM_OK || yaml->flat || yaml->flat_mixture) {
    return status ? status : read_flats(l);
  }
  for (int slot = 0; status == SIM_OK && slot < POL_SLOTS; slot++) {
    status = read_skill(l, (PolSlot)slot);
  }
  status = status ? status : read_calibration(l);
  status = status ? status : read_critic(l);
  if (status != SIM_OK) {
    return status;
  }
  return yaml->mixture
             ? read_mixture(l, "strategy", yaml->mixture, yaml->mixture_count, read_strategy)
             : read_strategy(l, "strategy", yaml->strategy, 1);
}

bool pol_team_met(const PolTeam *team, const char *name) {
  const size_t length = strlen(name);
  for (const char *word = team->met; length > 0 && *word; word += strspn(word, " ")) {
    const size_t size = strcspn(word, " ");
    if (size == length && strncmp(word, name, size) == 0) {
      return true;
    }
    word += size;
  }
  return false;
}

// ---- the hash

static uint64_t hash_team(const PolTeam *team) {
  uint64_t hash = pol_hash_chain(0, team->name, strlen(team->name));
  hash = hash_u64(hash, team->options->hash);
  if (team->options->calibration_hash != 0) {
    hash = hash_u64(hash, team->options->calibration_hash);
  }
  for (int i = 0; i < team->strategies; i++) {
    const PolStrategy *strategy = &team->strategy[i];
    const uint64_t flags = (uint64_t)strategy->sample | (uint64_t)strategy->unmasked << 1;
    const uint64_t parts[3] = {(uint64_t)strategy->kind, flags,
                               strategy->file ? strategy->file->hash : 0};
    hash = pol_hash_chain(hash, parts, sizeof parts);
    if (strategy->kind == POL_RULE) {
      hash = pol_hash_chain(hash, strategy->name, strlen(strategy->name));
    }
    hash = pol_hash_chain(hash, &team->weight[i], sizeof team->weight[i]);
  }
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    hash = hash_u64(hash, team->skill[slot] ? team->skill[slot]->hash : 0);
  }
  hash = hash_u64(hash, team->sample_skills);
  hash = hash_u64(hash, team->flat);
  return team->classical ? hash_gains(hash) : hash;
}

// ---- loading

// everything that was loaded goes with the team; on failure it is freed with it
static void finish(Loading *l, SimStatus status) {
  for (int i = 0; i < l->n; i++) {
    free(l->loaded[i].path);
    if (status != SIM_OK) {
      pol_file_destroy(l->loaded[i].file);
    }
  }
  if (status != SIM_OK) {
    memset(l->team->skill, 0, sizeof l->team->skill);
    l->team->strategies = 0;
    pol_team_destroy(l->team);
  }
}

PolTeam *pol_team_parse(const char *path, const char *text, size_t size, SimError *err) {
  SimError own = {0};
  PolTeamYaml *yaml = pol_team_yaml_parse(path, text, size, err);
  if (!yaml) {
    return NULL;
  }
  Loading *l = calloc(1, sizeof *l);
  PolTeam *team = calloc(1, sizeof *team);
  SimStatus status = SIM_FAIL;
  if (l && team) {
    *l = (Loading){.team = team, .yaml = yaml, .path = path, .err = err ? err : &own};
    sim_path_folder(l->folder, path);
    snprintf(team->path, sizeof team->path, "%s", path);
    status = read_team(l);
    finish(l, status);
    team = status == SIM_OK ? team : NULL;
  } else {
    sim_error(err, SIM_FAIL, "%s: no memory", path);
    free(team);
    team = NULL;
  }
  pol_team_yaml_free(yaml);
  free(l);
  if (team) {
    team->hash = hash_team(team);
  }
  return team;
}

int pol_team_member(const PolTeam *team, uint64_t seed, uint32_t rally, SimTeam side) {
  SimRng rng = sim_rng(seed, rally, 0, (uint32_t)(SIM_RNG_MIXTURE + side));
  double left = sim_rng_uniform(&rng, 0, 1);
  int member = 0;
  while (member < team->strategies - 1 && left >= team->weight[member]) {
    left -= team->weight[member++];
  }
  return member;
}

static SimStatus refuse_unknown(const char *which, SimError *err) {
  char shipped[768], near[POL_NAME_MAX];
  pol_shipped_join(shipped, sizeof shipped, FOLDER);
  const bool found = pol_shipped_nearest(near, which, FOLDER);
  return sim_error(err, SIM_USAGE,
                   "saw the team '%s', wanted one of %s, a path ending in .yaml, or a run folder%s"
                   "%s%s",
                   which, shipped, found ? " (nearest: " : "", found ? near : "", found ? ")" : "");
}

// the team file that `which` stands for
static SimStatus find_team(char path[SIM_PATH_MAX], const char *which, SimError *err) {
  struct stat info;
  if (pol_ends_with(which, ".yaml")) {
    return sim_path_join(path, "", which, err);
  }
  if (pol_shipped_find(path, FOLDER, which)) {
    return SIM_OK;
  }
  if (which[0] && stat(which, &info) == 0 && S_ISDIR(info.st_mode)) {
    return sim_path_join(path, which, "team.yaml", err);
  }
  return refuse_unknown(which, err);
}

PolTeam *pol_team_load(const char *which, SimError *err) {
  char path[SIM_PATH_MAX];
  char *text;
  size_t size;
  if (find_team(path, which, err) != SIM_OK ||
      sim_file_read(&text, &size, path, TEAM_BYTES_MAX, err) != SIM_OK) {
    return NULL;
  }
  PolTeam *team = pol_team_parse(path, text, size, err);
  free(text);
  return team;
}

// frees each file once, however many places name it
static void destroy_files(PolTeam *team) {
  PolFile *file[FILES_MAX];
  int n = 0;
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    file[n++] = team->skill[slot];
  }
  for (int i = 0; i < team->strategies; i++) {
    file[n++] = team->strategy[i].file;
  }
  for (int i = 0; i < n; i++) {
    for (int k = i + 1; k < n; k++) {
      file[k] = file[k] == file[i] ? NULL : file[k];
    }
    pol_file_destroy(file[i]);
  }
}

void pol_team_destroy(PolTeam *team) {
  if (team) {
    destroy_files(team);
    pol_classical_destroy(team->classical);
    pol_options_destroy(team->options);
    free(team);
  }
}

int pol_team_list(char names[][POL_NAME_MAX], int max) {
  return pol_shipped_list(names, max, FOLDER);
}
