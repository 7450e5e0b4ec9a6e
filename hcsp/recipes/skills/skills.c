// The order is hover A -> strikes -> strikes that go on from these -> recorded states -> hover B
// (hcsp/README.md 4.4). A part that was interrupted is taken up where it stopped, because its
// folder says so. Ranks take the strikes as they are free, each of which one rank trains in a
// folder that all see.
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
#include "sim/base/text.h"

enum { RECORDED_MAX = 2000, FIRST_MAX = 5, NEXT_MAX = 4, TEAMS_MAX = 2, WORDS_MAX = 1 + 64 };
enum { PLAYED_MAX = FIRST_MAX + NEXT_MAX };

// A strike that goes on from another one, in wider situations.
typedef struct Next {
  const char *skill, *from;
} Next;

// Which skills the drones of an option table need, and how they are learnt.
typedef struct Recipe {
  const char *options;           // as the word options=NAME names it
  const char *word;              // key=value for every part, NULL: none
  double share;                  // of their budgets that strikes from nothing take
  const char *first[FIRST_MAX];  // strikes that begin from nothing
  int firsts;
  Next next[NEXT_MAX];
  int nexts;
  const char *hover;  // the second round of the hover
  struct {
    const char *file, *head;
  } team[TEAMS_MAX];
  int teams;
} Recipe;

// The first one is the default. Digs of free roles take serves, too, and saves fill the slot of the
// receive.
static const Recipe RECIPES[] = {
    {.options = "volley",
     .word = "physics=flight",
     .share = 0.6,
     .first = {"serve", "set", "attack", "pass"},
     .firsts = 4,
     .next = {{"volley_dig", "pass"},
              {"volley_save", "pass"},
              {"volley_attack", "attack"},
              {"volley_set", "set"}},
     .nexts = 4,
     .hover = "volley_hover",
     .team = {{"team.yaml", "name: stage1\noptions: volley\nstrategy: bot_volley\nsample: true\n"
                            "sample_skills: false\n"}},
     .teams = 1},
    {.options = "court",
     .share = 1,
     .first = {"serve", "set", "attack", "receive", "pass"},
     .firsts = 5,
     .hover = "hover",
     .team = {{"team.yaml", "name: stage1\noptions: fast\nstrategy: bot\nsample: true\n"},
              {"stage1_plus.yaml",
               "name: stage1_plus\noptions: court\nstrategy: bot_plus\nsample: true\n"}},
     .teams = 2}};
enum { N_RECIPES = sizeof RECIPES / sizeof RECIPES[0] };

// All of Stage I as a recipe has it.
typedef struct Whole {
  SkillsTraining t;  // its words are those of the recipe and then the user's
  const Recipe *recipe;
  const char *word[WORDS_MAX];
} Whole;

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

static int64_t skill_budget(const TaskConfig *c, SkillsPreset preset, bool again, double share) {
  assert(preset <= SKILLS_FULL && share > 0);
  return llround(share * (again ? SKILLS_OF_PRESET(c, again, preset)
                                : SKILLS_OF_PRESET(c, timesteps, preset)));
}

// ---- one part

typedef struct Part {
  const SkillsTraining *whole;
  const char *skill;
  const char *folder;  // name under the whole's
  bool again;
  const char *before;
  double share;  // of the skill's budget
  const PolNet *critic;
  const char *critic_path;
  const PolFile *start;  // a policy to continue from
  const TaskHandOff *recorded;
  int n_recorded;
  uint64_t seed;
} Part;

static void print_result(const char *title, const SkillResult *result) {
  printf("%-13s %7.1f M decisions %7.0f CPU s ", title, (double)result->decisions / 1e6,
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
    run_inputs_put(*inputs, "recorded", part->whole->options.folder,
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
  SIM_TRY(config ? SIM_OK : err->status);
  SimStatus status = SIM_OK;
  if (part->folder[0]) {
    status = sim_path_join(folder, w->options.folder, part->folder, err);
  } else {
    snprintf(folder, sizeof folder, "%s", w->options.folder);
  }
  if (status == SIM_OK && part->again) {
    status = sim_path_join(before, w->options.folder, part->before, err);
  }
  SkillTraining training = {
      .config = config,
      .options = w->options,
      .again = part->again,
      .before = before,
      .start = part->start,
      .warm = part->start ? (int)config->critic_warmup : 0,
      .from = {.critic = part->critic, .hand_off = part->recorded, .hand_offs = part->n_recorded}};
  training.options.folder = folder;
  training.options.budget = skill_budget(config, w->preset, part->again, part->share);
  training.options.seed = part->seed;
  SkillResult result;
  status = status == SIM_OK ? list_inputs(&training.inputs, part, err) : status;
  if (status == SIM_OK && training.options.budget > 0) {
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
  return sim_path_join(out, w->options.folder, inner, err);
}

// ---- recipes

// whether the drones of the team fly it, and not only a strike that goes on from it
static bool is_played(const Recipe *recipe, const char *first) {
  for (int i = 0; i < recipe->nexts; i++) {
    if (strcmp(recipe->next[i].from, first) == 0) {
      return false;
    }
  }
  return true;
}

// the strikes of the team
static int list_played(const char *played[PLAYED_MAX], const Recipe *recipe) {
  int n = 0;
  for (int i = 0; i < recipe->firsts; i++) {
    if (is_played(recipe, recipe->first[i])) {
      played[n++] = recipe->first[i];
    }
  }
  for (int i = 0; i < recipe->nexts; i++) {
    played[n++] = recipe->next[i].skill;
  }
  assert(n >= 1 && n <= PLAYED_MAX);
  return n;
}

static SimStatus find_recipe(const Recipe **recipe, const char *options, SimError *err) {
  for (int i = 0; i < N_RECIPES; i++) {
    if (strcmp(RECIPES[i].options, options) == 0) {
      *recipe = &RECIPES[i];
      return SIM_OK;
    }
  }
  return sim_error(err, SIM_USAGE, "options=%.60s; wanted volley or court", options);
}

// options=NAME chooses the recipe; the other words are for every part
static SimStatus open_whole(Whole *whole, const SkillsTraining *t, SimError *err) {
  static const char KEY[] = "options=";
  *whole = (Whole){.t = *t, .recipe = &RECIPES[0]};
  int n = 1;  // behind the word of the recipe
  for (int i = 0; i < t->n_overrides; i++) {
    const char *word = t->overrides[i];
    if (strncmp(word, KEY, strlen(KEY)) == 0) {
      SIM_TRY(find_recipe(&whole->recipe, word + strlen(KEY), err));
    } else if (n == WORDS_MAX) {
      return sim_error(err, SIM_USAGE, "more than %d key=value", WORDS_MAX - 1);
    } else {
      whole->word[n++] = word;
    }
  }
  whole->word[0] = whole->recipe->word;
  const int skip = whole->recipe->word ? 0 : 1;
  whole->t.overrides = whole->word + skip;
  whole->t.n_overrides = n - skip;
  return SIM_OK;
}

static SimStatus add_decisions(double *sum, const Whole *whole, const char *skill, bool again,
                               double share, SimError *err) {
  const SkillsTraining *t = &whole->t;
  TaskConfig *config = task_skill_config_load(skill, t->config, t->overrides, t->n_overrides, err);
  SIM_TRY(config ? SIM_OK : err->status);
  *sum += (double)skill_budget(config, t->preset, again, share);
  task_skill_config_destroy(config);
  return SIM_OK;
}

SimStatus skills_decisions(double *sum, const SkillsTraining *t, SimError *err) {
  Whole whole;
  SIM_TRY(open_whole(&whole, t, err));
  const Recipe *recipe = whole.recipe;
  *sum = 0;
  SIM_TRY(add_decisions(sum, &whole, "hover", false, 1, err));
  for (int i = 0; i < recipe->firsts; i++) {
    SIM_TRY(add_decisions(sum, &whole, recipe->first[i], false, recipe->share, err));
  }
  for (int i = 0; i < recipe->nexts; i++) {
    SIM_TRY(add_decisions(sum, &whole, recipe->next[i].skill, false, 1, err));
  }
  return add_decisions(sum, &whole, recipe->hover, true, 1, err);
}

// ---- recorded states

static bool trained(const SkillsTraining *w, const char *part, const char *name) {
  char path[SIM_PATH_MAX];
  return policy_path(path, w, part, name, NULL) == SIM_OK && access(path, R_OK) == 0;
}

static SimStatus record_one(TaskHandOff *out, int *n, const SkillsTraining *w, const char *skill,
                            SimError *err) {
  assert(*n >= 0 && *n <= (PLAYED_MAX - 1) * RECORDED_MAX);
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
    status = skill_record(out + *n, &recorded, RECORDED_MAX, config, file->net, w->options.threads,
                          w->options.seed + 100, err);
    *n += recorded;
  }
  pol_file_destroy(file);
  task_skill_config_destroy(config);
  return status;
}

static SimStatus record_all(TaskHandOff *out, int *n, const Whole *whole, SimError *err) {
  const char *played[PLAYED_MAX];
  const int strikes = list_played(played, whole->recipe);
  *n = 0;
  for (int i = 0; i < strikes; i++) {
    if (trained(&whole->t, played[i], played[i])) {
      SIM_TRY(record_one(out, n, &whole->t, played[i], err));
    }
  }
  return SIM_OK;
}

// ---- the team

// copies a part's policy to the whole's policies/
static SimStatus collect(const SkillsTraining *w, const char *part, const char *name,
                         SimError *err) {
  char from[SIM_PATH_MAX], to[SIM_PATH_MAX], inner[128];
  snprintf(inner, sizeof inner, "policies/%s.safetensors", name);
  SIM_TRY(policy_path(from, w, part, name, err));
  SIM_TRY(sim_path_join(to, w->options.folder, inner, err));
  return sim_file_copy(to, from, err);
}

static bool fills(const char *skill, const char *slot) {
  TaskConfig *config = task_skill_config_load(skill, NULL, NULL, 0, NULL);
  char padded[192], wanted[64];
  snprintf(padded, sizeof padded, " %s ", config ? config->slots : "");
  snprintf(wanted, sizeof wanted, " %s ", slot);
  task_skill_config_destroy(config);
  return strstr(padded, wanted) != NULL;
}

// a slot's line of the team file: the network that fills it, or the model-based skill
static void write_slot(FILE *out, const Whole *whole, const char *hover, const char *slot) {
  const char *played[PLAYED_MAX];
  const int n = list_played(played, whole->recipe);
  const char *skill = fills(hover, slot) ? hover : NULL;
  for (int i = 0; !skill && i < n; i++) {
    skill = trained(&whole->t, played[i], played[i]) && fills(played[i], slot) ? played[i] : NULL;
  }
  if (skill) {
    fprintf(out, "  %s: policies/%s.safetensors\n", slot, skill);
  } else {
    fprintf(out, "  %s: classical\n", slot);
  }
}

static SimStatus write_team(const Whole *whole, const char *hover, const char *file,
                            const char *head, SimError *err) {
  char path[SIM_PATH_MAX];
  SimText text;
  SIM_TRY(sim_path_join(path, whole->t.options.folder, file, err));
  FILE *out = sim_text_open(&text);
  fprintf(out, "# what `hcsp train skills` made: learned skills under a rule strategy\n%s", head);
  fprintf(out, "critic: policies/" SKILLS_CRITIC_FILE "\nskills:\n");
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    write_slot(out, whole, hover, pol_slot_name((PolSlot)slot));
  }
  return sim_text_save(path, sim_text_close(&text), err);
}

// a part's policy and the critic that it was learnt with
static SimStatus collect_both(const SkillsTraining *w, const char *part, const char *name,
                              SimError *err) {
  char critic[64];
  snprintf(critic, sizeof critic, "%s_critic", name);
  SIM_TRY(collect(w, part, name, err));
  return collect(w, part, critic, err);
}

// part: the round of the hover that the team flies
static SimStatus gather_team(const Whole *whole, const char *part, const char *hover,
                             SimError *err) {
  const SkillsTraining *w = &whole->t;
  const char *played[PLAYED_MAX];
  const int n = list_played(played, whole->recipe);
  char folder[SIM_PATH_MAX];
  SIM_TRY(sim_path_join(folder, w->options.folder, "policies", err));
  SIM_TRY(sim_file_make_folder(folder, err));
  SIM_TRY(collect_both(w, part, hover, err));
  SIM_TRY(collect(w, part, "hover_critic", err));
  for (int i = 0; i < n; i++) {
    if (trained(w, played[i], played[i])) {
      SIM_TRY(collect_both(w, played[i], played[i], err));
    }
  }
  for (int i = 0; i < whole->recipe->teams; i++) {
    SIM_TRY(
        write_team(whole, hover, whole->recipe->team[i].file, whole->recipe->team[i].head, err));
  }
  return SIM_OK;
}

// ---- all

static SimStatus train_hover(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left, (void)item;
  const Whole *whole = arg;
  const Part part = {.whole = &whole->t,
                     .skill = "hover",
                     .folder = "hover_a",
                     .share = 1,
                     .seed = whole->t.options.seed * 16};
  return train_part(&part, err);
}

// What the strikes have in common.
typedef struct Strikes {
  const Whole *whole;
  const PolNet *critic;
  const char *critic_path;
} Strikes;

static Part strike_part(const Strikes *strikes, const char *skill, int number, double share) {
  return (Part){.whole = &strikes->whole->t,
                .skill = skill,
                .folder = skill,
                .share = share,
                .critic = strikes->critic,
                .critic_path = strikes->critic_path,
                .seed = strikes->whole->t.options.seed * 16 + 1 + (uint64_t)number};
}

static SimStatus train_first(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left;
  const Strikes *strikes = arg;
  const Recipe *recipe = strikes->whole->recipe;
  const Part part = strike_part(strikes, recipe->first[item], item, recipe->share);
  return train_part(&part, err);
}

// a preset may leave out both the strike and the one that it would go on from
static SimStatus train_next(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left;
  const Strikes *strikes = arg;
  const Recipe *recipe = strikes->whole->recipe;
  const Next *next = &recipe->next[item];
  Part part = strike_part(strikes, next->skill, recipe->firsts + item, 1);
  char path[SIM_PATH_MAX];
  double decisions = 0;
  SimStatus status = add_decisions(&decisions, strikes->whole, next->skill, false, 1, err);
  status = status ? status : policy_path(path, &strikes->whole->t, next->from, next->from, err);
  if (status != SIM_OK || decisions <= 0) {
    return status;
  }
  PolFile *start = pol_file_load(path, err);
  part.start = start;
  status = start ? train_part(&part, err) : err->status;
  pol_file_destroy(start);
  return status;
}

static SimStatus train_hover_again(const Whole *whole, SimError *err) {
  TaskHandOff *recorded = sim_new((size_t)PLAYED_MAX * RECORDED_MAX, sizeof *recorded);
  int n = 0;
  SimStatus status = record_all(recorded, &n, whole, err);
  const Part part = {.whole = &whole->t,
                     .skill = whole->recipe->hover,
                     .folder = "hover",
                     .again = true,
                     .share = 1,
                     .before = "hover_a",
                     .recorded = recorded,
                     .n_recorded = n,
                     .seed = whole->t.options.seed * 16 + 9};
  status = status ? status : train_part(&part, err);
  free(recorded);
  return status;
}

// what comes after the strikes
static SimStatus finish(FleetBytes *left, int item, void *arg, SimError *err) {
  (void)left, (void)item;
  const Whole *whole = arg;
  const char *hover = whole->recipe->hover;
  SIM_TRY(train_hover_again(whole, err));
  return trained(&whole->t, "hover", hover) ? gather_team(whole, "hover", hover, err)
                                            : gather_team(whole, "hover_a", "hover", err);
}

SimStatus skills_train(const SkillsTraining *t, SimError *err) {
  char path[SIM_PATH_MAX];
  Whole whole;
  SimStatus status = open_whole(&whole, t, err);
  const Recipe *recipe = whole.recipe;
  status = status ? status : fleet_check_shared(t->options.folder, err);
  status = status ? status : fleet_items(NULL, 1, train_hover, &whole, "hover", err);
  status = status ? status : policy_path(path, &whole.t, "hover_a", "hover_critic", err);
  PolNet *critic =
      status == SIM_OK ? skills_critic_load(path, sim_obs_size(SIM_OBS_HOVER27), err) : NULL;
  SIM_TRY(critic ? SIM_OK : err->status);
  Strikes strikes = {.whole = &whole, .critic = critic, .critic_path = path};
  status = fleet_items(NULL, recipe->firsts, train_first, &strikes, "strikes", err);
  if (status == SIM_OK && recipe->nexts > 0) {
    status = fleet_items(NULL, recipe->nexts, train_next, &strikes, "wider strikes", err);
  }
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
  SIM_TRY(config ? SIM_OK : err->status);
  const bool priced = config->kind->priced;
  task_skill_config_destroy(config);
  if (w->options.resume && !run_exists(w->options.folder)) {
    return sim_error(err, SIM_BAD_INPUT, "%s: saw no run to resume, wanted a run folder",
                     w->options.folder);
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
                     .share = 1,
                     .critic = net,
                     .critic_path = path,
                     .start = start,
                     .seed = w->options.seed};
  status = status == SIM_OK ? train_part(&part, err) : status;
  pol_file_destroy(start);
  pol_net_destroy(net);
  return status;
}
