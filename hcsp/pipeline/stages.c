// A table and one function that fills in the numbers: what runs is what a user could type.
#include "hcsp/pipeline/stages.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hcsp/recipes/seeds.h"
#include "policies/skill.h"

#define BIT(id) (1U << (id))
enum {
  FROM_1 = BIT(PIPELINE_STAGE_SKILLS),
  FROM_2 = BIT(PIPELINE_STAGE_STRATEGY),
  FROM_3 = BIT(PIPELINE_STAGE_COSELF),
};
enum { PAIRS = 3 };  // of three teams
_Static_assert((int)PIPELINE_STAGES <= 32, "a set of stages is a word of bits");

#define MATCH "assets/*.xml", "configs/classical.yaml", "configs/options/*.yaml"
#define SKILLS "assets/*.xml", "configs/pipeline.yaml", "configs/skills/*.yaml"
#define STRATEGY MATCH, "configs/pipeline.yaml", "configs/strategy/*.yaml"

#define TEAM_1 "stage1/team.yaml"
#define TEAM_2 "stage2/team.yaml"
#define TEAM_3 "stage3/team.yaml"

// a measurement that prints results/FILE.json
#define FIGURES(stage, text, file, of, sources)                                                    \
  {                                                                                                \
    .name = stage, .title = text, .files = {"results/" file ".json"}, .shipped = {MATCH},          \
    .from = sources, .out = "results/" file ".json", .team = of                                    \
  }

static const PipelineStage STAGES[PIPELINE_STAGES] = {
    [PIPELINE_STAGE_SKILLS] = {.name = "skills",
                               .title = "Stage I, skills",
                               .folder = "stage1",
                               .files = {"stage1/team.yaml", "stage1/policies/*.safetensors"},
                               .shipped = {SKILLS},
                               .resumes = true,
                               .kept = true},
    [PIPELINE_STAGE_STRATEGY] = {.name = "strategy",
                                 .title = "Stage II, strategy",
                                 .folder = "stage2",
                                 .files = {"stage2/team.yaml", "stage2/policies/*.safetensors",
                                           "stage2/policies/skills/*"},
                                 .shipped = {STRATEGY},
                                 .from = FROM_1,
                                 .resumes = true,
                                 .kept = true},
    [PIPELINE_STAGE_COSELF] = {.name = "coself",
                               .title = "Stage III, both",
                               .folder = "stage3",
                               .files = {"stage3/team.yaml", "stage3/**"},
                               .shipped = {STRATEGY, "configs/skills/*.yaml",
                                           "configs/coself/*.yaml"},
                               .from = FROM_2,
                               .resumes = true,
                               .kept = true},
    [PIPELINE_STAGE_TABLE_1] =
        FIGURES("skill_table_1", "skill table of Stage I", "skills1", TEAM_1, FROM_1),
    [PIPELINE_STAGE_TABLE_3] =
        FIGURES("skill_table_3", "skill table of Stage III", "skills3", TEAM_3, FROM_3),
    [PIPELINE_STAGE_TEAMS] =
        FIGURES("teams", "stages against each other", "teams", NULL, FROM_1 | FROM_2 | FROM_3),
    [PIPELINE_STAGE_OWN_1] = FIGURES("own_1", "stage1 against itself", "own1", TEAM_1, FROM_1),
    [PIPELINE_STAGE_OWN_2] = FIGURES("own_2", "stage2 against itself", "own2", TEAM_2, FROM_2),
    [PIPELINE_STAGE_OWN_3] = FIGURES("own_3", "stage3 against itself", "own3", TEAM_3, FROM_3),
    [PIPELINE_STAGE_MATCH] = {.name = "match",
                              .title = "the final, logged",
                              .files = {"match/*", "results/match.json"},
                              .shipped = {MATCH},
                              .from = FROM_2 | FROM_3,
                              .out = "results/match.json"},
    [PIPELINE_STAGE_VERIFY] = {.name = "verify",
                               .title = "the final, replayed",
                               .files = {"results/verify.txt"},
                               .shipped = {MATCH},
                               .from = BIT(PIPELINE_STAGE_MATCH),
                               .out = "results/verify.txt"},
};

const PipelineStage *pipeline_stage(PipelineStageId id) {
  assert(id < PIPELINE_STAGES);
  return &STAGES[id];
}

int pipeline_stage_trained(PipelineStageId id) {
  return id == PIPELINE_STAGE_SKILLS     ? PIPELINE_TRAINED_SKILLS
         : id == PIPELINE_STAGE_STRATEGY ? PIPELINE_TRAINED_STRATEGY
         : id == PIPELINE_STAGE_COSELF   ? PIPELINE_TRAINED_COSELF
                                         : -1;
}

// ---- commands

static void add_all(PipelineCommand *command, const char *const *word, int n) {
  for (int i = 0; i < n; i++) {
    pipeline_command_add(command, "%s", word[i]);
  }
}
#define ADD(command, ...)                                                                          \
  add_all(command, (const char *const[]){__VA_ARGS__},                                             \
          (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)))

static void add_number(PipelineCommand *command, const char *option, int64_t value) {
  pipeline_command_add(command, "%s", option);
  pipeline_command_add(command, "%lld", (long long)value);
}

static void train(PipelineCommand *command, PipelineTrained what, const PipelineOrder *order,
                  const char *run) {
  const PipelineWords *words = &order->settings->words[what];
  ADD(command, "train", pipeline_trained_name(what), "--preset",
      skills_preset_name(order->settings->preset), "--run", run, "--resume");
  if (order->device) {
    ADD(command, "--device", order->device);
  }
  for (int i = 0; i < words->n; i++) {
    pipeline_command_add(command, "%s", words->text[i]);
  }
}

static const char *const BEFORE[PIPELINE_TRAINEDS] = {
    [PIPELINE_TRAINED_STRATEGY] = TEAM_1, [PIPELINE_TRAINED_COSELF] = TEAM_2};

// the last word team=NAME, as the training takes it
static const char *start_asked(PipelineTrained trained, const PipelineSettings *settings) {
  static const char key[] = "team=";
  const PipelineWords *words = &settings->words[trained];
  for (int i = words->n - 1; i >= 0; i--) {
    if (strncmp(words->text[i], key, sizeof key - 1) == 0) {
      return words->text[i] + sizeof key - 1;
    }
  }
  return NULL;
}

const char *pipeline_stage_start(PipelineTrained trained, const PipelineSettings *settings) {
  assert(BEFORE[trained]);
  const char *team = start_asked(trained, settings);
  return team && strcmp(team, BEFORE[trained]) != 0 ? team : NULL;
}

static void start(PipelineCommand *command, PipelineTrained what, const PipelineOrder *order) {
  if (!start_asked(what, order->settings)) {
    pipeline_command_add(command, "team=%s", BEFORE[what]);
  }
}

// tells how good something is and decides nothing
static bool measures(PipelineStageId id) {
  return pipeline_stage_trained(id) < 0;
}

void pipeline_stage_command(PipelineCommand *command, PipelineStageId id,
                            const PipelineOrder *order) {
  const PipelineSettings *s = order->settings;
  const PipelineStage *stage = pipeline_stage(id);
  const PipelineTrained trained = (PipelineTrained)pipeline_stage_trained(id);
  switch (id) {
  case PIPELINE_STAGE_SKILLS:
    train(command, trained, order, stage->folder);
    break;
  case PIPELINE_STAGE_STRATEGY:
  case PIPELINE_STAGE_COSELF:
    train(command, trained, order, stage->folder);
    start(command, trained, order);
    pipeline_command_add(command, "name=%s", stage->folder);
    break;
  case PIPELINE_STAGE_TABLE_1:
  case PIPELINE_STAGE_TABLE_3:
    ADD(command, "eval", "skill", "all", "--team", stage->team, "--json");
    add_number(command, "--episodes", s->episodes);
    break;
  case PIPELINE_STAGE_TEAMS:
    ADD(command, "eval", "teams", TEAM_1, TEAM_2, TEAM_3, "--json");
    add_number(command, "--points", s->points);
    break;
  case PIPELINE_STAGE_OWN_1:
  case PIPELINE_STAGE_OWN_2:
  case PIPELINE_STAGE_OWN_3:
    ADD(command, "play", "--near", stage->team, "--far", stage->team, "--json");
    add_number(command, "--rallies", s->rallies);
    break;
  case PIPELINE_STAGE_MATCH:
    ADD(command, "play", "--near", TEAM_3, "--far", TEAM_2, "--log", "match", "--json");
    add_number(command, "--rallies", s->match);
    break;
  case PIPELINE_STAGE_VERIFY:
    ADD(command, "info", "--verify", "match");
    break;
  case PIPELINE_STAGES:
    assert(false);
    break;
  }
  if (id != PIPELINE_STAGE_VERIFY) {
    add_number(command, "--seed",
               (int64_t)(order->seed + (measures(id) ? RECIPE_SEED_MEASURE : 0)));
  }
}

void pipeline_stage_command_here(PipelineCommand *command, PipelineStageId id,
                                 const PipelineOrder *order) {
  assert(order->threads >= 1);
  pipeline_stage_command(command, id, order);
  if (id != PIPELINE_STAGE_VERIFY) {
    add_number(command, "--threads", order->threads);
  }
  if (pipeline_stage_trained(id) >= 0) {
    add_number(command, "--checkpoint", order->checkpoint);
  }
}

// ---- costs

double pipeline_stage_cost(PipelineStageId id, const PipelineSettings *s) {
  const int trained = pipeline_stage_trained(id);
  if (trained >= 0) {
    return s->work[trained] * s->cost[trained];
  }
  switch (id) {
  case PIPELINE_STAGE_TABLE_1:
  case PIPELINE_STAGE_TABLE_3:
    return s->episodes * POL_SLOTS * s->cost_episode;
  case PIPELINE_STAGE_TEAMS:
    return s->points * PAIRS * s->cost_point;
  case PIPELINE_STAGE_MATCH:
  case PIPELINE_STAGE_VERIFY:
    return s->match * s->cost_point;
  default:
    return s->rallies * s->cost_point;
  }
}
