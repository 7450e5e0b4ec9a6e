// What ships: a team like the run's with everything that it names, and nothing of a run that was
// not made by a clean commit, has not ended or has been changed by hand.
#include "hcsp/pipeline/ship.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/run/checkpoint.h"
#include "policies/team.h"
#include "tests/support/check.h"

static const char CLEAN[] = "3c373448760f7b35141aeea0ca42f664fc03a720";
static const char *const MEMBERS[2] = {"stage2_paper-021.safetensors",
                                       "stage2_paper-022.safetensors"};

// What of a run can be wrong.
typedef struct Made {
  const char *commit, *resumed;
  bool incomplete, undeployed;
  double weight;           // of the first member in the team file
  const char *goto_skill;  // in the team file
  const char *second;      // file of the second member
} Made;

static const Made WELL = {.commit = CLEAN,
                          .resumed = CLEAN,
                          .weight = 0.75,
                          .goto_skill = "classical",
                          .second = "stage2_paper-022.safetensors"};

static void copy_shipped(const char *folder, const char *name, const char *to) {
  char path[SIM_PATH_MAX], inner[256], *data;
  size_t size;
  SimError err = {0};
  snprintf(inner, sizeof inner, "policies/%s/%s", folder, name);
  assert_ok(sim_path_join(path, sim_home(), inner, &err), &err);
  assert_ok(sim_file_read(&data, &size, path, 1 << 24, &err), &err);
  assert_ok(sim_file_write(to, data, size, &err), &err);
  free(data);
}

static json_t *deployed(void) {
  json_t *files = json_array();
  for (int i = 0; i < 2; i++) {
    char path[128], hash[17];
    SimError err = {0};
    snprintf(path, sizeof path, "run/policies/%s", MEMBERS[i]);
    PolFile *file = pol_file_load(path, &err);
    assert_ok(err.status, &err);
    sim_hash_hex(hash, file->hash);
    pol_file_destroy(file);
    json_array_append_new(files, json_pack("{s:s,s:s,s:f}", "file", MEMBERS[i], "hash", hash,
                                           "weight", i ? 0.25 : 0.75));
  }
  return json_pack("{s:s,s:[{s:s,s:f}],s:i,s:o}", "chosen", "the best", "candidates", "name",
                   "the best", "worst", 0.625, "seed", 4000001, "files", files);
}

static void write_team(const Made *made) {
  static const char *const SLOTS[] = {"serve",  "serve_hover", "receive", "receive_hover",
                                      "pass",   "pass_hover",  "set",     "set_hover",
                                      "attack", "attack_hover"};
  FILE *out = fopen("run/team.yaml", "w");
  assert_non_null(out);
  fprintf(out,
          "name: made\noptions: paper\nstrategy:\n  - {policy: policies/%s, weight: %g}\n"
          "  - {policy: policies/%s, weight: 0.25}\nsample: true\ncritic: policies/critic\n"
          "skills:\n  goto: %s\n",
          MEMBERS[0], made->weight, made->second, made->goto_skill);
  for (size_t i = 0; i < sizeof SLOTS / sizeof SLOTS[0]; i++) {
    fprintf(out, "  %s: classical\n", SLOTS[i]);
  }
  fclose(out);
}

static void make_run(const Made *made) {
  char text[512];
  SimError err = {0};
  const float one = 1;
  const RunBlob blob = {"one", POL_F32, 1, &one};
  assert_int_equal(system("rm -rf run out"), 0);
  assert_ok(sim_file_make_folder("run/policies", &err), &err);
  assert_ok(sim_file_make_folder("run/checkpoints", &err), &err);
  copy_shipped("strategies", MEMBERS[0], "run/policies/stage2_paper-021.safetensors");
  copy_shipped("strategies", MEMBERS[1], "run/policies/stage2_paper-022.safetensors");
  copy_shipped("strategies", "stage2_paper-023.safetensors", "run/policies/other.safetensors");
  copy_shipped("skills", "hover.safetensors", "run/policies/hover.safetensors");
  test_write_file("run/policies/critic", "critic", 6);
  test_write_file("run/config.yaml", "x: 1\n", 5);
  snprintf(text, sizeof text,
           "{\"commit\": \"%s\", \"seed\": \"7\", \"command\": [\"hcsp train\", \"strategy\"], "
           "\"resumed\": [{\"commit\": \"%s\"}]}",
           made->commit, made->resumed);
  test_write_file("run/provenance.json", text, strlen(text));
  json_t *meta = json_pack("{s:b,s:i,s:f}", "complete", !made->incomplete, "decisions", 4321,
                           "cpu_seconds", 98.0);
  if (!made->undeployed) {
    json_object_set_new(meta, "deployed", deployed());
  }
  assert_ok(run_checkpoint_save("run/checkpoints", 5, &blob, 1, meta, &err), &err);
  json_decref(meta);
  write_team(made);
}

static void test_ships(void **state) {
  (void)state;
  SimError err = {0};
  char *text;
  size_t size;
  make_run(&WELL);
  assert_ok(pipeline_ship("run", "new_one", "out", &err), &err);
  PolTeam *made = pol_team_load("run", &err), *team = pol_team_load("out/teams/new_one.yaml", &err);
  assert_ok(err.status, &err);
  assert_string_equal(team->name, "new_one");
  assert_string_equal(team->options->name, "paper");
  assert_int_equal(team->strategies, 2);
  for (int i = 0; i < 2; i++) {
    assert_true(team->strategy[i].file->hash == made->strategy[i].file->hash);
    assert_true(team->strategy[i].sample);
    assert_near(team->weight[i], made->weight[i], 1e-6);
  }
  assert_true(team->sample_skills);
  assert_int_equal(access("out/strategies/new_one-01.safetensors", F_OK), 0);
  assert_int_equal(access("out/skills/new_one/hover_critic.safetensors", F_OK), 0);
  assert_ok(sim_file_read(&text, &size, "out/teams/new_one.yaml", 1 << 20, &err), &err);
  assert_non_null(strstr(text, "commit 3c373448760f, seed 7, 4321 decisions, 98 CPU s; hcsp train "
                               "strategy\n"));
  assert_non_null(strstr(text, "'the best', which opponents beat least often, by points of the "
                               "seed 4000001: 'the best' at worst 62.5 %."));
  free(text);
  assert_refused(pipeline_ship("run", "new_one", "out", &err), SIM_BAD_INPUT, &err,
                 "out/teams/new_one.yaml: there already");
  pol_team_destroy(team);
  pol_team_destroy(made);
}

// a skill that ships already, in whatever folder, is named and not copied, whoever has made it
static void test_shipped_skill(void **state) {
  (void)state;
  SimError err = {0};
  Made made = WELL;
  made.goto_skill = "policies/hover.safetensors";
  make_run(&made);
  assert_refused(pipeline_ship("run", "new_one", "out", &err), SIM_BAD_INPUT, &err,
                 "run/policies/hover.safetensors: made by commit");
  assert_ok(sim_file_make_folder("out/skills/other", &err), &err);
  copy_shipped("skills", "hover.safetensors", "out/skills/other/same.safetensors");
  err = (SimError){0};
  assert_ok(pipeline_ship("run", "new_one", "out", &err), &err);
  PolTeam *team = pol_team_load("out/teams/new_one.yaml", &err);
  assert_ok(err.status, &err);
  assert_non_null(strstr(team->skill[POL_GOTO]->path, "skills/other/same.safetensors"));
  assert_int_not_equal(access("out/skills/new_one/hover.safetensors", F_OK), 0);
  pol_team_destroy(team);
}

static void refuse(const Made *made, const char *sentence) {
  SimError err = {0};
  make_run(made);
  assert_refused(pipeline_ship("run", "new_one", "out", &err), SIM_BAD_INPUT, &err, sentence);
  assert_int_not_equal(access("out", F_OK), 0);
}

static void test_refusals(void **state) {
  (void)state;
  Made made = WELL;
  made.commit = "3c373448760f7b35141aeea0ca42f664fc03a720+";
  refuse(&made, "run/provenance.json: made by commit 3c373448760f7b35141aeea0ca42f664fc03a720+; ");
  made.commit = "unknown";
  refuse(&made, "made by commit unknown; wanted a clean one");
  made = WELL;
  made.resumed = "77+";
  refuse(&made, "run/provenance.json: made by commit 77+");
  made = WELL;
  made.incomplete = true;
  refuse(&made, "run: saw a run that is not complete");
  made = WELL;
  made.undeployed = true;
  refuse(&made, "another mixture than the one that the run has chosen");
  made = WELL;
  made.weight = 0.7;
  refuse(&made, "another mixture than the one that the run has chosen");
  made = WELL;
  made.second = "other.safetensors";
  refuse(&made, "another mixture than the one that the run has chosen");
  // the skills that ship today are from a commit with changes of its own
  made = WELL;
  made.goto_skill = "policies/hover.safetensors";
  refuse(&made, "policies/hover.safetensors: made by commit");
}

static void test_arguments(void **state) {
  (void)state;
  SimError err = {0};
  make_run(&WELL);
  assert_refused(pipeline_ship("run", "New One", "out", &err), SIM_USAGE, &err,
                 "--as 'New One'; wanted a name of a-z");
  assert_refused(pipeline_ship("run", "../x", "out", &err), SIM_USAGE, &err, "--as '../x'");
  assert_refused(pipeline_ship("run", "", "out", &err), SIM_USAGE, &err, "--as ''");
  assert_true(pipeline_ship("nowhere", "new_one", "out", &err) != SIM_OK);
  assert_refused(pipeline_ship("sp", "new_one", "out", &err), SIM_BAD_INPUT, &err,
                 "sp: saw no run");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_ships), cmocka_unit_test(test_shipped_skill),
      cmocka_unit_test(test_refusals), cmocka_unit_test(test_arguments)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
