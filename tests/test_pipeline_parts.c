// Parts of the pipeline: which files its stages start from and leave, what the manifest keeps of
// them, and how long what is left will take, by hand.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hcsp/pipeline/manifest.h"
#include "hcsp/pipeline/progress.h"
#include "hcsp/pipeline/stages.h"
#include "hcsp/recipes/seeds.h"
#include "hcsp/recipes/strategy/internal.h"
#include "sim/base/file.h"

// ---- seeds

// no points are both chosen by and reported
static void seeds_of_different_uses_share_no_points(void **state) {
  (void)state;
  static const int64_t use[][2] = {
      // from, and how many there are from there on
      {RECIPE_SEED_LEARNING, 1}, {RECIPE_SEED_EXPLOITER, LEAGUE_POPULATION_MAX},
      {RECIPE_SEED_PRACTICE, 1}, {RECIPE_SEED_PAYOFF, 1000 * (LEAGUE_POPULATION_MAX + 1)},
      {RECIPE_SEED_CROSS, 1},    {RECIPE_SEED_PROBE, 4},
      {RECIPE_SEED_PROGRESS, 1}, {RECIPE_SEED_COSELF, 4},
      {RECIPE_SEED_PLAY, 1},     {RECIPE_SEED_MEASURE, 1},
  };
  enum { USES = sizeof use / sizeof use[0] };
  for (int i = 0; i < USES; i++) {
    assert_true(use[i][1] < RECIPE_SEED_ROOM);
    for (int k = 0; k < i; k++) {
      // also between runs whose seeds differ by less than the room that is left
      assert_true(llabs(use[i][0] - use[k][0]) >= RECIPE_SEED_ROOM);
    }
  }
}

// ---- commands

static const PipelineSettings SETTINGS = {.episodes = 5,
                                          .points = 40,
                                          .rallies = 7,
                                          .match = 11,
                                          .work = {1000, 2000, 4000},
                                          .cost = {0.5, 0.25, 2},
                                          .cost_episode = 0.1,
                                          .cost_point = 0.2};

static PipelineOrder make_order(int threads) {
  return (PipelineOrder){.settings = &SETTINGS, .seed = 42, .threads = threads, .checkpoint = 60};
}

// the words of a stage, with a space before and behind each
static char *words_of(PipelineStageId id) {
  const PipelineOrder order = make_order(2);
  PipelineCommand command = {0};
  char *text = calloc(1, 4096);
  pipeline_stage_command(&command, id, &order);
  strcat(text, " ");
  for (int i = 0; i < command.n; i++) {
    strcat(strcat(text, command.word[i]), " ");
  }
  pipeline_command_free(&command);
  return text;
}

static void stages_use_the_files_of_those_before(void **state) {
  (void)state;
  static const struct {
    PipelineStageId id;
    const char *parts[4];
    const char *out;
  } wanted[] = {
      {PIPELINE_STAGE_SKILLS, {" train skills ", " --run stage1 "}, NULL},
      {PIPELINE_STAGE_STRATEGY,
       {" train strategy ", " --run stage2 ", " team=stage1/team.yaml name=stage2 "},
       NULL},
      {PIPELINE_STAGE_COSELF,
       {" train coself ", " --run stage3 ", " team=stage2/team.yaml name=stage3 "},
       NULL},
      {PIPELINE_STAGE_TABLE_1,
       {" eval skill all ", " --team stage1/team.yaml ", " --episodes 5 "},
       "results/skills1.json"},
      {PIPELINE_STAGE_TABLE_3,
       {" eval skill all ", " --team stage3/team.yaml ", " --episodes 5 "},
       "results/skills3.json"},
      {PIPELINE_STAGE_TEAMS,
       {" eval teams stage1/team.yaml stage2/team.yaml stage3/team.yaml ", " --points 40 "},
       "results/teams.json"},
      {PIPELINE_STAGE_OWN_1,
       {" --near stage1/team.yaml --far stage1/team.yaml ", " --rallies 7 "},
       "results/own1.json"},
      {PIPELINE_STAGE_OWN_2,
       {" --near stage2/team.yaml --far stage2/team.yaml ", " --rallies 7 "},
       "results/own2.json"},
      {PIPELINE_STAGE_OWN_3,
       {" --near stage3/team.yaml --far stage3/team.yaml ", " --rallies 7 "},
       "results/own3.json"},
      {PIPELINE_STAGE_MATCH,
       {" --near stage3/team.yaml --far stage2/team.yaml ", " --log match ", " --rallies 11 "},
       "results/match.json"},
      {PIPELINE_STAGE_VERIFY, {" info --verify match "}, "results/verify.txt"}};
  assert_int_equal(sizeof wanted / sizeof wanted[0], PIPELINE_STAGES);
  for (int i = 0; i < PIPELINE_STAGES; i++) {
    char *words = words_of(wanted[i].id);
    for (int k = 0; k < 4 && wanted[i].parts[k]; k++) {
      if (!strstr(words, wanted[i].parts[k])) {
        fail_msg("%s: no '%s' in '%s'", pipeline_stage(wanted[i].id)->name, wanted[i].parts[k],
                 words);
      }
    }
    // what only measures does so with other points than those that were learnt from
    const bool measures =
        pipeline_stage_trained(wanted[i].id) < 0 && wanted[i].id != PIPELINE_STAGE_VERIFY;
    assert_int_equal(strstr(words, " --seed 9000042 ") != NULL, measures);
    assert_int_equal(strstr(words, " --seed 42 ") != NULL,
                     !measures && wanted[i].id != PIPELINE_STAGE_VERIFY);
    free(words);
    const char *out = pipeline_stage(wanted[i].id)->out;
    assert_int_equal(out != NULL, wanted[i].out != NULL);
    assert_true(!out || strcmp(out, wanted[i].out) == 0);
  }
}

// A word team=NAME is passed on and takes the place of what the stage before made; the last one
// counts, and the default, asked for, is no other start.
static void a_start_can_be_asked_for(void **state) {
  (void)state;
  PipelineSettings settings = SETTINGS;
  const PipelineOrder order = {.settings = &settings, .seed = 42, .threads = 1, .checkpoint = 60};
  PipelineWords *words = &settings.words[PIPELINE_TRAINED_COSELF];
  PipelineCommand command = {0};
  char text[4096];
  assert_null(pipeline_stage_start(PIPELINE_TRAINED_COSELF, &settings));
  *words = (PipelineWords){.n = 2, .text = {"team=none", "team=stage9"}};
  assert_string_equal(pipeline_stage_start(PIPELINE_TRAINED_COSELF, &settings), "stage9");
  assert_null(pipeline_stage_start(PIPELINE_TRAINED_STRATEGY, &settings));
  pipeline_stage_command(&command, PIPELINE_STAGE_COSELF, &order);
  pipeline_command_text(text, sizeof text, &command);
  pipeline_command_free(&command);
  assert_non_null(strstr(text, " team=none team=stage9 name=stage3"));
  assert_null(strstr(text, "stage2/team.yaml"));
  snprintf(words->text[1], sizeof words->text[1], "team=stage2/team.yaml");
  assert_null(pipeline_stage_start(PIPELINE_TRAINED_COSELF, &settings));
}

// whatever file a stage reads was left by a stage that it is said to start from
static void stages_wait_for_the_files_they_use(void **state) {
  (void)state;
  for (int id = 0; id < PIPELINE_STAGES; id++) {
    char *words = words_of((PipelineStageId)id);
    const unsigned from = pipeline_stage((PipelineStageId)id)->from;
    const struct {
      const char *file;
      PipelineStageId maker;
    } files[] = {{"stage1/team.yaml", PIPELINE_STAGE_SKILLS},
                 {"stage2/team.yaml", PIPELINE_STAGE_STRATEGY},
                 {"stage3/team.yaml", PIPELINE_STAGE_COSELF}};
    for (int k = 0; k < 3; k++) {
      if (strstr(words, files[k].file)) {
        assert_true(from >> files[k].maker & 1U);
      }
    }
    free(words);
  }
}

static void stages_cost_what_they_do(void **state) {
  (void)state;
  // 11 skills; 3 pairs of 3 teams
  assert_near(pipeline_stage_cost(PIPELINE_STAGE_SKILLS, &SETTINGS), 500, 1e-9);
  assert_near(pipeline_stage_cost(PIPELINE_STAGE_STRATEGY, &SETTINGS), 500, 1e-9);
  assert_near(pipeline_stage_cost(PIPELINE_STAGE_COSELF, &SETTINGS), 8000, 1e-9);
  assert_near(pipeline_stage_cost(PIPELINE_STAGE_TABLE_3, &SETTINGS), 5 * 11 * 0.1, 1e-9);
  assert_near(pipeline_stage_cost(PIPELINE_STAGE_TEAMS, &SETTINGS), 40 * 3 * 0.2, 1e-9);
  assert_near(pipeline_stage_cost(PIPELINE_STAGE_OWN_2, &SETTINGS), 7 * 0.2, 1e-9);
  assert_near(pipeline_stage_cost(PIPELINE_STAGE_MATCH, &SETTINGS), 11 * 0.2, 1e-9);
}

// of the table of all stages, whose teams are not there yet
static void work_is_that_of_free_roles(void **state) {
  (void)state;
  static const char *const WORDS[] = {
      "skills.timesteps_smoke=1000",   "skills.again_smoke=500",
      "strategy.timesteps_smoke=2000", "strategy.probe_points=8",
      "coself.joint_smoke=100",        "coself.alone_smoke=300",
      "coself.fine_tune_smoke=0",      "coself.strategy_smoke=probe_points=16"};
  static const char *const COURT[] = {"skills.options=court"};
  SimError err = {0};
  PipelineSettings *s =
      pipeline_settings_load(SKILLS_SMOKE, WORDS, sizeof WORDS / sizeof WORDS[0], &err);
  assert_non_null(s);
  // the hover, four strikes from nothing in 0.6 of that, four that go on, the hover again
  assert_near(s->work[PIPELINE_TRAINED_SKILLS], 1000 + 4 * 600 + 4 * 1000 + 500, 1e-6);
  // an average is the one candidate, met by some fifty rules
  const double strategy = s->cost_point / s->cost[PIPELINE_TRAINED_STRATEGY];
  assert_near(s->work[PIPELINE_TRAINED_STRATEGY], 2000 + 50 * 8 * strategy, 1e-6);
  const double coself = s->cost_point / s->cost[PIPELINE_TRAINED_COSELF];
  assert_near(s->work[PIPELINE_TRAINED_COSELF], 100 + 300 + 50 * 16 * coself, 1e-6);
  free(s);
  assert_null(pipeline_settings_load(SKILLS_SMOKE, COURT, 1, &err));
  assert_refused(err.status, SIM_USAGE, &err, "skills.options=court; wanted options=volley");
}

// ---- how long it takes

static void time_left_is_told_by_pace_and_costs(void **state) {
  (void)state;
  PipelineProgress p;
  double all, others = 0;
  const PipelineOrder order = make_order(4);
  pipeline_progress_open(&p, "none", &order);
  // four threads, and three tenths of a second to start
  assert_near(p.predicted[PIPELINE_STAGE_SKILLS], 500.0 / 4 + 0.3, 1e-9);
  for (int s = 1; s < PIPELINE_STAGES; s++) {
    others += p.predicted[s];
  }
  p.stage = PIPELINE_STAGE_SKILLS;
  p.begun = p.moved = 1000;
  // nothing is known yet
  assert_near(pipeline_progress_left(&all, &p, 0, 1010), 125.3 - 10, 1e-9);
  assert_near(all, 115.3 + others, 1e-9);
  // a quarter after 50 s: three times as long, less 7 s without news
  pipeline_progress_left(&all, &p, 0.25, 1050);
  assert_near(pipeline_progress_left(&all, &p, 0.25, 1057), 150 - 7, 1e-9);
  // what is over needs no time, and what took twice as long as predicted says so of the rest
  p.over[PIPELINE_STAGE_SKILLS] = true;
  p.took = 2 * p.predicted[PIPELINE_STAGE_SKILLS];
  p.predicted_for = p.predicted[PIPELINE_STAGE_SKILLS];
  p.stage = PIPELINE_STAGE_STRATEGY;
  p.begun = p.moved = 2000;
  p.begun_share = p.moved_share = 0;
  pipeline_progress_left(&all, &p, 0, 2000);
  assert_near(all, 2 * others, 1e-9);
}

static void shares_are_read_from_the_figures(void **state) {
  (void)state;
  SimError err = {0};
  static const char LINES[] =
      "{\"step\":100,\"seconds\":1}\n{\"step\":250,\"seconds\":2}\n{\"step\":9";
  assert_ok(sim_file_make_folder("shares", &err), &err);
  test_write_file("shares/metrics.jsonl", LINES, sizeof LINES - 1);
  assert_near(pipeline_progress_share("shares", 1000), 0.25, 1e-12);
  assert_near(pipeline_progress_share("shares", 200), 1, 0);
  assert_near(pipeline_progress_share("nowhere", 200), 0, 0);
}

// ---- the manifest

static void put(const char *path, const char *text) {
  test_write_file(path, text, strlen(text));
}

static int make_run(void **state) {
  (void)state;
  static const char *const FOLDERS[] = {"run", "run/one", "run/one/policies", "run/one/more",
                                        "run/one/more/policies"};
  SimError err = {0};
  unlink("run/pipeline.json");
  for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++) {
    assert_ok(sim_file_make_folder(FOLDERS[i], &err), &err);
  }
  put("run/one/team.yaml", "name: one\n");
  put("run/one/log.txt", "noise");
  put("run/one/policies/a.safetensors", "weights of a");
  put("run/one/policies/b.safetensors", "weights of b");
  put("run/one/policies/c.tmp", "half of c");
  put("run/one/more/policies/d.safetensors", "weights of d");
  put("run/one/more/notes", "noise");
  return 0;
}

static const char *const PATTERNS[] = {"one/team.yaml", "one/**", NULL};
static const char *const SHIPPED[] = {"configs/pipeline.yaml", "configs/skills/*.yaml", NULL};

static PipelineManifest open_manifest(void) {
  PipelineManifest m;
  SimError err = {0};
  assert_ok(pipeline_manifest_open(&m, "run", "--seed 1", &err), &err);
  return m;
}

static void check(const PipelineManifest *m, const char *sentence, bool wanted_gone) {
  SimError err = {0};
  bool gone = !wanted_gone;
  const SimStatus status = pipeline_manifest_check(&gone, m, "one", &err);
  if (sentence) {
    assert_refused(status, SIM_BAD_INPUT, &err, sentence);
  } else {
    assert_ok(status, &err);
  }
  assert_int_equal(gone, wanted_gone);
}

static void files_are_known_by_their_hashes(void **state) {
  (void)state;
  SimError err = {0};
  PipelineManifest m = open_manifest();
  assert_int_equal(pipeline_manifest_state(&m, "one"), PIPELINE_STAGE_OPEN);
  assert_ok(pipeline_manifest_begin(&m, "one", "from nothing", "train it", SHIPPED, &err), &err);
  assert_int_equal(pipeline_manifest_state(&m, "one"), PIPELINE_STAGE_BEGUN);
  assert_ok(pipeline_manifest_end(&m, "one", PATTERNS, "one", 1, 1, &err), &err);
  pipeline_manifest_close(&m);
  m = open_manifest();
  assert_int_equal(pipeline_manifest_state(&m, "one"), PIPELINE_STAGE_DONE);
  assert_string_equal(pipeline_manifest_text(&m, "one", "from"), "from nothing");
  assert_string_equal(pipeline_manifest_text(&m, "one", "command"), "train it");
  check(&m, NULL, false);
  // four files: the team, and what lies in folders of policies
  const json_t *files =
      json_object_get(json_object_get(json_object_get(m.root, "stages"), "one"), "files");
  assert_int_equal(json_object_size(files), 4);
  assert_non_null(json_object_get(files, "one/team.yaml"));
  assert_non_null(json_object_get(files, "one/more/policies/d.safetensors"));
  put("run/one/log.txt", "other noise");
  check(&m, NULL, false);
  // another content of the same length
  put("run/one/policies/b.safetensors", "weights of B");
  check(&m, "run/one/policies/b.safetensors: saw content", false);
  put("run/one/policies/b.safetensors", "weights of b");
  check(&m, NULL, false);
  assert_int_equal(unlink("run/one/more/policies/d.safetensors"), 0);
  check(&m, "run/one/more/policies/d.safetensors: missing", false);
  assert_int_equal(unlink("run/one/team.yaml"), 0);
  assert_int_equal(unlink("run/one/policies/a.safetensors"), 0);
  assert_int_equal(unlink("run/one/policies/b.safetensors"), 0);
  check(&m, "missing", true);
  pipeline_manifest_close(&m);
}

// shipped files by their place in the tree, the user's own by their paths; none of the run itself
static void inputs_are_known_by_their_hashes(void **state) {
  (void)state;
  SimError err = {0};
  char here[SIM_PATH_MAX], user[SIM_PATH_MAX], provenance[3 * SIM_PATH_MAX];
  assert_non_null(getcwd(here, sizeof here));
  assert_ok(sim_path_join(user, here, "guest.safetensors", &err), &err);
  put("guest.safetensors", "a guest");
  snprintf(provenance, sizeof provenance,
           "{\"inputs\": {\"guest\": {\"file\": \"%s\", \"hash\": \"0\"}, \"team\": {\"file\": "
           "\"one/team.yaml\", \"hash\": \"0\"}, \"model\": {\"file\": \"%s\", \"hash\": \"0\"}}}",
           user, here);
  put("run/one/more/provenance.json", provenance);
  PipelineManifest m = open_manifest();
  assert_ok(pipeline_manifest_begin(&m, "one", "", "", SHIPPED, &err), &err);
  assert_ok(pipeline_manifest_end(&m, "one", PATTERNS, "one", 1, 1, &err), &err);
  pipeline_manifest_close(&m);
  m = open_manifest();
  const json_t *inputs =
      json_object_get(json_object_get(json_object_get(m.root, "stages"), "one"), "inputs");
  assert_non_null(json_object_get(inputs, "configs/skills/set.yaml"));
  assert_non_null(json_object_get(inputs, "configs/pipeline.yaml"));
  // this folder may lie below the tree
  const size_t home = strlen(sim_home());
  const bool below = strncmp(user, sim_home(), home) == 0;
  assert_non_null(json_object_get(inputs, below ? user + home + 1 : user));
  assert_null(json_object_get(inputs, "one/team.yaml"));
  assert_null(json_object_get(inputs, here));
  assert_ok(pipeline_manifest_check_inputs(&m, "one", &err), &err);
  put("guest.safetensors", "a Guest");
  assert_refused(pipeline_manifest_check_inputs(&m, "one", &err), SIM_BAD_INPUT, &err,
                 "guest.safetensors: saw content");
  assert_int_equal(unlink("guest.safetensors"), 0);
  assert_refused(pipeline_manifest_check_inputs(&m, "one", &err), SIM_BAD_INPUT, &err,
                 "guest.safetensors");
  pipeline_manifest_close(&m);
}

static void time_adds_up_over_attempts(void **state) {
  (void)state;
  SimError err = {0};
  PipelineManifest m = open_manifest();
  assert_ok(pipeline_manifest_begin(&m, "one", "", "", SHIPPED, &err), &err);
  assert_ok(pipeline_manifest_spent(&m, "one", 10, 15, &err), &err);
  assert_ok(pipeline_manifest_begin(&m, "one", "", "", SHIPPED, &err), &err);
  assert_ok(pipeline_manifest_end(&m, "one", PATTERNS, "one", 4, 7, &err), &err);
  pipeline_manifest_close(&m);
  m = open_manifest();
  assert_near(pipeline_manifest_number(&m, "one", "seconds"), 14, 1e-9);
  assert_near(pipeline_manifest_number(&m, "one", "cpu"), 22, 1e-9);
  pipeline_manifest_close(&m);
}

// what a later stage starts from changes with any file of an earlier one
static void what_was_made_is_told_by_every_file(void **state) {
  (void)state;
  SimError err = {0};
  char made[3][32];
  for (int i = 0; i < 3; i++) {
    put("run/one/policies/a.safetensors", i == 1 ? "weights of A" : "weights of a");
    PipelineManifest m = open_manifest();
    assert_ok(pipeline_manifest_begin(&m, "one", "", "", SHIPPED, &err), &err);
    assert_ok(pipeline_manifest_end(&m, "one", PATTERNS, "one", 1, 1, &err), &err);
    snprintf(made[i], sizeof made[i], "%s", pipeline_manifest_text(&m, "one", "made"));
    pipeline_manifest_close(&m);
  }
  assert_int_equal(strlen(made[0]), 16);
  assert_string_not_equal(made[0], made[1]);
  assert_string_equal(made[0], made[2]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(seeds_of_different_uses_share_no_points),
      cmocka_unit_test(stages_use_the_files_of_those_before),
      cmocka_unit_test(a_start_can_be_asked_for),
      cmocka_unit_test(stages_wait_for_the_files_they_use),
      cmocka_unit_test(stages_cost_what_they_do),
      cmocka_unit_test(work_is_that_of_free_roles),
      cmocka_unit_test(time_left_is_told_by_pace_and_costs),
      cmocka_unit_test(shares_are_read_from_the_figures),
      cmocka_unit_test_setup(files_are_known_by_their_hashes, make_run),
      cmocka_unit_test_setup(inputs_are_known_by_their_hashes, make_run),
      cmocka_unit_test_setup(time_adds_up_over_attempts, make_run),
      cmocka_unit_test_setup(what_was_made_is_told_by_every_file, make_run),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
