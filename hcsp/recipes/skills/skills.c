// The order is hover A -> strikes -> recorded states -> hover B (hcsp/README.md 4.4). A part that
// was interrupted is taken up where it stopped, because its folder says so. Ranks take the strikes
// as they are free, each of which one rank trains in a folder that all see.
#include "hcsp/recipes/skills/skills.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/fleet/fleet.h"
#include "hcsp/recipes/skills/critic.h"
#include "hcsp/run/folder.h"
#include "policies/skill.h"
#include "sim/base/log.h"

enum { RECORDED_MAX = 2000, STRIKES = 5, PARTS_MAX = 6 };

static const char *const STRIKE_NAMES[STRIKES] = {"serve", "set", "attack", "receive", "pass"};
static const char *const PRESETS[] = {"smoke", "quick", "full"};
_Static_assert(sizeof PRESETS / sizeof PRESETS[0] == SKILLS_FULL + 1, "a name a preset");

const char *skills_preset_name(SkillsPreset preset) {
  assert(preset <= SKILLS_FULL);
  return PRESETS[preset];
}

int skills_preset_find(const char *name) {
  for (int i = 0; i < 3; i++) {
    if (strcmp(PRESETS[i], name) == 0) {
      return i;
    }
  }
  return -1;
}

int64_t skill_budget(const TaskConfig *c, SkillsPreset preset, bool again) {
  assert(preset <= SKILLS_FULL);
  const double first[] = {c->timesteps_smoke, c->timesteps_quick, c->timesteps_full};
  const double second[] = {c->again_smoke, c->again_quick, c->again_full};
  return (int64_t)(again ? second[preset] : first[preset]);
}

// ---- one part

typedef struct Part {
  const SkillsTraining *whole;
  const char *skill;
  const char *folder;  // name under the whole's
  bool again;
  const char *before;
  const PolNet *critic;
  const char *critic_path;
  const PolFile *start;  // a policy to continue from
  const TaskHandOff *recorded;
  int n_recorded;
  uint64_t seed;
} Part;

static void print_result(const char *title, const SkillResult *result) {
  printf("%-8s %7.1f M decisions %7.0f CPU s ", title, (double)result->decisions / 1e6,
         result->seconds_cpu);
  for (int s = 0; s < result->stats; s++) {
    if (!isnan(result->stat[s])) {
      printf("  %s %.4g", result->stat_name[s], result->stat[s]);
    }
  }
  printf("\n");
  fflush(stdout);
}

// what a part starts from
static SimStatus list_inputs(json_t **inputs, const Part *part, SimError *err) {
  assert(!part->critic || part->critic_path);
  *inputs = json_object();
  if (part->recorded) {
    run_inputs_put(*inputs, "recorded", part->whole->order.folder,
                   sim_hash(part->recorded, (size_t)part->n_recorded * sizeof *part->recorded));
  }
  if (part->start) {
    run_inputs_put(*inputs, "start", part->start->path, part->start->hash);
  }
  return part->critic ? run_inputs_put_file(*inputs, "critic", part->critic_path, err) : SIM_OK;
}

static SimStatus train_part(const Part *part, SimError *err) {
  assert(!part->again || part->before);
  const SkillsTraining *w = part->whole;
  char folder[SIM_PATH_MAX], before[SIM_PATH_MAX] = "";
  TaskConfig *config =
      task_skill_config_load(part->skill, w->config, w->overrides, w->n_overrides, err);
  if (!config) {
    return err->status;
  }
  SimStatus status = SIM_OK;
  if (part->folder[0]) {
    status = sim_path_join(folder, w->order.folder, part->folder, err);
  } else {
    snprintf(folder, sizeof folder, "%s", w->order.folder);
  }
  if (status == SIM_OK && part->again) {
    status = sim_path_join(before, w->order.folder, part->before, err);
  }
  SkillTraining training = {
      .config = config,
      .order = w->order,
      .again = part->again,
      .before = before,
      .start = part->start,
      .warm = part->start ? (int)config->critic_warmup : 0,
      .from = {.critic = part->critic, .hand_off = part->recorded, .hand_offs = part->n_recorded}};
  training.order.folder = folder;
  training.order.budget = skill_budget(config, w->preset, part->again);
  training.order.seed = part->seed;
  SkillResult result;
  status = status == SIM_OK ? list_inputs(&training.inputs, part, err) : status;
  if (status == SIM_OK && training.order.budget > 0) {
    status = skill_train(&result, &training, err);
    if (status == SIM_OK) {
      print_result(part->folder[0] ? part->folder : part->skill, &result);
    }
  }
  json_decref(training.inputs);
  task_skill_config_destroy(config);
  return status;
}

// path of a file that a part wrote into its policies/
static SimStatus policy_path(char out[SIM_PATH_MAX], const SkillsTraining *w, const char *part,
                             const char *name, SimError *err) {
  char inner[256];
  snprintf(inner, sizeof inner, "%s/policies/%s.safetensors", part, name);
  return sim_path_join(out, w->order.folder, inner, err);
}

// ---- recorded states

static bool trained(const SkillsTraining *w, const char *part, const char *name) {
  char path[SIM_PATH_MAX];
  return policy_path(path, w, part, name, NULL) == SIM_OK && access(path, R_OK) == 0;
}

static SimStatus record_one(TaskHandOff *out, int *n, const SkillsTraining *w, const char *skill,
                            SimError *err) {
  assert(*n >= 0 && *n <= (STRIKES - 1) * RECORDED_MAX);
  char path[SIM_PATH_MAX];
  PolFile *file = NULL;
  SimStatus status = policy_path(path, w, skill, skill, err);
  TaskConfig *config =
      status == SIM_OK ? task_skill_config_load(skill, w->config, w->overrides, w->n_overrides, err)
                       : NULL;
  file = config ? pol_file_load(path, err) : NULL;
  status = file ? SIM_OK : err->status;
  if (status == SIM_OK) {
    int recorded = 0;
    status = skill_record(out + *n, &recorded, RECORDED_MAX, config, file->net, w->order.threads,
                          w->order.seed + 100, err);
    *n += recorded;
  }
  pol_file_destroy(file);
  task_skill_config_destroy(config);
  return status;
}

static SimStatus record_all(TaskHandOff *out, int *n, const SkillsTraining *w, SimError *err) {
  SimStatus status = SIM_OK;
  *n = 0;
  for (int i = 0; status == SIM_OK && i < STRIKES; i++) {
    if (trained(w, STRIKE_NAMES[i], STRIKE_NAMES[i])) {
      status = record_one(out, n, w, STRIKE_NAMES[i], err);
    }
  }
  return status;
}

// ---- the team

static SimStatus copy_file(const char *to, const char *from, SimError *err) {
  char *data = NULL;
  size_t size = 0;
  SimStatus status = sim_file_read(&data, &size, from, 64 << 20, err);
  if (status == SIM_OK) {
    status = sim_file_write(to, data, size, err);
  }
  free(data);
  return status;
}

// copies a part's policy to the whole's policies/
static SimStatus collect(const SkillsTraining *w, const char *part, const char *name,
                         SimError *err) {
  char from[SIM_PATH_MAX], to[SIM_PATH_MAX], inner[128];
  snprintf(inner, sizeof inner, "policies/%s.safetensors", name);
  SimStatus status = policy_path(from, w, part, name, err);
  if (status == SIM_OK) {
    status = sim_path_join(to, w->order.folder, inner, err);
  }
  return status == SIM_OK ? copy_file(to, from, err) : status;
}

// a slot's line of the team file: the network that fills it, or the model-based skill
static void write_slot(FILE *out, const SkillsTraining *w, const char *slot) {
  for (int i = 0; i < TASK_SKILLS; i++) {
    const char *skill = task_skill_name(i);
    TaskConfig *config = task_skill_config_load(skill, NULL, NULL, 0, NULL);
    char padded[192], wanted[64];
    snprintf(padded, sizeof padded, " %s ", config ? config->slots : "");
    snprintf(wanted, sizeof wanted, " %s ", slot);
    const bool fills = strstr(padded, wanted) != NULL;
    task_skill_config_destroy(config);
    if (fills && (strcmp(skill, "hover") == 0 || trained(w, skill, skill))) {
      fprintf(out, "  %s: policies/%s.safetensors\n", slot, skill);
      return;
    }
  }
  fprintf(out, "  %s: classical\n", slot);
}

static SimStatus write_team(const SkillsTraining *w, const char *file, const char *head,
                            SimError *err) {
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  SimStatus status = sim_path_join(path, w->order.folder, file, err);
  FILE *out = status == SIM_OK ? open_memstream(&text, &size) : NULL;
  if (!out) {
    return status == SIM_OK ? sim_error(err, SIM_FAIL, "no memory for a team") : status;
  }
  fprintf(out, "# what `hcsp train skills` made: learned skills under a rule strategy\n%s", head);
  fprintf(out, "critic: policies/" SKILLS_CRITIC_FILE "\nskills:\n");
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    write_slot(out, w, pol_slot_name((PolSlot)slot));
  }
  fclose(out);
  status = sim_file_write(path, text, size, err);
  free(text);
  return status;
}

// the team of the run, and the one from which a strategy is learnt
static SimStatus write_teams(const SkillsTraining *w, SimError *err) {
  const SimStatus status =
      write_team(w, "team.yaml", "name: stage1\noptions: fast\nstrategy: bot\nsample: true\n", err);
  return status == SIM_OK
             ? write_team(w, "stage1_plus.yaml",
                          "name: stage1_plus\noptions: court\nstrategy: bot_plus\nsample: "
                          "true\n",
                          err)
             : status;
}

static SimStatus gather_team(const SkillsTraining *w, const char *hover, SimError *err) {
  char folder[SIM_PATH_MAX], critic[64];
  SimStatus status = sim_path_join(folder, w->order.folder, "policies", err);
  if (status == SIM_OK) {
    status = sim_file_make_folder(folder, err);
  }
  if (status == SIM_OK) {
    status = collect(w, hover, "hover", err);
  }
  if (status == SIM_OK) {
    status = collect(w, hover, "hover_critic", err);
  }
  for (int i = 0; status == SIM_OK && i < STRIKES; i++) {
    if (trained(w, STRIKE_NAMES[i], STRIKE_NAMES[i])) {
      snprintf(critic, sizeof critic, "%s_critic", STRIKE_NAMES[i]);
      status = collect(w, STRIKE_NAMES[i], STRIKE_NAMES[i], err);
      status = status == SIM_OK ? collect(w, STRIKE_NAMES[i], critic, err) : status;
    }
  }
  return status == SIM_OK ? write_teams(w, err) : status;
}

// ---- all

static SimStatus train_hover(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left, (void)item;
  const SkillsTraining *w = arg;
  const Part part = {.whole = w, .skill = "hover", .folder = "hover_a", .seed = w->order.seed * 16};
  return train_part(&part, err);
}

// What the strikes have in common.
typedef struct Strikes {
  const SkillsTraining *whole;
  const PolNet *critic;
  const char *critic_path;
} Strikes;

static SimStatus train_strike(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left;
  const Strikes *strikes = arg;
  const Part part = {.whole = strikes->whole,
                     .skill = STRIKE_NAMES[item],
                     .folder = STRIKE_NAMES[item],
                     .critic = strikes->critic,
                     .critic_path = strikes->critic_path,
                     .seed = strikes->whole->order.seed * 16 + 1 + (uint64_t)item};
  return train_part(&part, err);
}

static SimStatus train_hover_again(const SkillsTraining *w, SimError *err) {
  TaskHandOff *recorded = calloc(STRIKES * RECORDED_MAX, sizeof *recorded);
  int n = 0;
  SimStatus status =
      recorded ? record_all(recorded, &n, w, err) : sim_error(err, SIM_FAIL, "no memory");
  const Part part = {.whole = w,
                     .skill = "hover",
                     .folder = "hover",
                     .again = true,
                     .before = "hover_a",
                     .recorded = recorded,
                     .n_recorded = n,
                     .seed = w->order.seed * 16 + 9};
  if (status == SIM_OK) {
    status = train_part(&part, err);
  }
  free(recorded);
  return status;
}

// what comes after the strikes
static SimStatus finish(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left, (void)item;
  const SkillsTraining *w = arg;
  const SimStatus status = train_hover_again(w, err);
  return status == SIM_OK ? gather_team(w, trained(w, "hover", "hover") ? "hover" : "hover_a", err)
                          : status;
}

SimStatus skills_train(const SkillsTraining *w, SimError *err) {
  char path[SIM_PATH_MAX];
  SkillsTraining whole = *w;
  SimStatus status = fleet_check_shared(w->order.folder, err);
  status = status == SIM_OK ? fleet_items(NULL, 1, train_hover, &whole, "hover", err) : status;
  status = status == SIM_OK ? policy_path(path, w, "hover_a", "hover_critic", err) : status;
  PolNet *critic =
      status == SIM_OK ? skills_critic_load(path, sim_obs_size(SIM_OBS_HOVER27), err) : NULL;
  if (!critic) {
    return err->status;
  }
  Strikes strikes = {.whole = w, .critic = critic, .critic_path = path};
  status = fleet_items(NULL, STRIKES, train_strike, &strikes, "strikes", err);
  pol_net_destroy(critic);
  return status == SIM_OK ? fleet_items(NULL, 1, finish, &whole, "hover again", err) : status;
}

// the critic that prices the states which a skill leaves behind: that of the file, or the shipped
// one
static PolNet *open_critic(char path[SIM_PATH_MAX], const char *file, SimError *err) {
  const SimStatus status = sim_path_join(path, file ? "" : sim_home(),
                                         file ? file : "policies/skills/" SKILLS_CRITIC_FILE, err);
  return status == SIM_OK ? skills_critic_load(path, sim_obs_size(SIM_OBS_HOVER27), err) : NULL;
}

SimStatus skills_train_one(const SkillsTraining *w, const char *skill, const char *critic,
                           const char *from, SimError *err) {
  char path[SIM_PATH_MAX] = "";
  TaskConfig *config = task_skill_config_load(skill, w->config, w->overrides, w->n_overrides, err);
  if (!config) {
    return err->status;
  }
  const bool priced = config->kind->priced;
  task_skill_config_destroy(config);
  if (w->order.resume && !run_exists(w->order.folder)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw no run to resume, wanted a run folder",
                     w->order.folder);
  }
  PolNet *net = priced ? open_critic(path, critic, err) : NULL;
  PolFile *start = from ? pol_file_load(from, err) : NULL;
  SimStatus status = (priced && !net) || (from && !start) ? err->status : SIM_OK;
  if (status == SIM_OK && start && (start->kind != POL_KIND_SKILL || !start->net->log_std)) {
    status = sim_error(err, SIM_BAD_INPUT, "%s: saw no skill to continue from, wanted one", from);
  }
  const Part part = {.whole = w,
                     .skill = skill,
                     .folder = "",
                     .critic = net,
                     .critic_path = path,
                     .start = start,
                     .seed = w->order.seed};
  status = status == SIM_OK ? train_part(&part, err) : status;
  pol_file_destroy(start);
  pol_net_destroy(net);
  return status;
}
