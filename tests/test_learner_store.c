// What a checkpoint holds of those who learn: every array of a learner, every member of a
// population, and the books of a session, each told apart from all others.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/config/strategy.h"
#include "hcsp/league/learner.h"
#include "hcsp/learn/ppo_state.h"
#include "hcsp/recipes/skills/critic.h"
#include "hcsp/train/trainer.h"
#include "sim/base/file.h"

enum { INPUTS = 5, OUTPUTS = 3, STEPS = 4, WORLDS = 2 };

static void empty_folder(const char *folder) {
  char command[128];
  SimError err = {0};
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
  assert_ok(sim_file_make_folder(folder, &err), &err);
}

static RunCheckpoint *save(const char *folder, RunArchive *archive) {
  SimError err = {0};
  empty_folder(folder);
  assert_ok(archive->status, archive->err);
  assert_ok(run_archive_save(archive, folder, 1), archive->err);
  run_archive_close(archive);
  RunCheckpoint *file = run_checkpoint_latest(folder, &err);
  assert_non_null(file);
  return file;
}

// ---- the walk

// what the first thing that went wrong leaves alone
static void a_walk_ends_where_it_fails(void **state) {
  (void)state;
  SimError err = {0};
  double value[2] = {1, 2}, later = 5;
  RunArchive out = run_archive_writer(json_object(), &err);
  assert_false(run_archive_reads(&out));
  run_archive_values(&out, "value", POL_F64, 2, value);
  value[0] = 7;  // a copy is written
  memcpy(run_archive_bytes(&out, "bytes", 3), "abc", 3);
  run_archive_values(&out, "later", POL_F64, 1, &later);
  RunCheckpoint *file = save("walk", &out);
  RunArchive in = run_archive_reader(file, &err);
  assert_true(run_archive_reads(&in));
  run_archive_values(&in, "value", POL_F64, 2, value);
  assert_near(value[0], 1, 0);
  assert_memory_equal(run_archive_bytes(&in, "bytes", 3), "abc", 3);
  assert_int_equal(run_archive_count(&in, "value", 0, 2), 2);
  assert_int_equal(run_archive_count(&in, "value", 0, 1), 2);
  later = 0;
  // two values are no rows of three
  assert_int_equal(run_archive_count(&in, "value", 0, 3), 0);
  assert_refused(in.status, SIM_BAD_INPUT, &err, "'value' of rows of 3");
  run_archive_values(&in, "later", POL_F64, 1, &later);
  assert_near(later, 0, 0);
  assert_null(run_archive_bytes(&in, "bytes", 3));
  run_archive_close(&in);
  // another length, and none of that name
  in = run_archive_reader(file, &err);
  assert_null(run_archive_bytes(&in, "bytes", 4));
  assert_int_equal(in.status, SIM_BAD_INPUT);
  run_archive_close(&in);
  in = run_archive_reader(file, &err);
  run_archive_values(&in, "none", POL_F64, 1, &later);
  assert_int_equal(in.status, SIM_BAD_INPUT);
  run_archive_close(&in);
  run_checkpoint_destroy(file);
  // without its description nothing is written
  RunArchive bad = run_archive_writer(NULL, &err);
  run_archive_values(&bad, "later", POL_F64, 1, &later);
  assert_int_equal(run_archive_save(&bad, "walk", 2), SIM_FAIL);
  assert_int_equal(run_checkpoint_files("walk"), 1);
  run_archive_close(&bad);
}

// ---- one learner

// reads what one learner or several hold
static SimStatus read_ppo(Ppo *ppo, const RunCheckpoint *file, const char *prefix, bool moments,
                          SimError *err) {
  RunArchive in = run_archive_reader(file, err);
  in.prefix = prefix;
  if (moments) {
    ppo_serialize(&in, ppo);
  } else {
    ppo_serialize_weights(&in, ppo);
  }
  const SimStatus status = in.status;
  run_archive_close(&in);
  return status;
}

// ---- one learner

static Ppo *make_ppo(KrnDevice *device) {
  SimError err = {0};
  const PpoConfig config = {.update_epochs = 1, .num_minibatches = 1, .normalise_obs = true};
  const PolArch actor = {.inputs = INPUTS,
                         .outputs = OUTPUTS,
                         .layers = 1,
                         .hidden = {4},
                         .activation = POL_TANH,
                         .input_norm = POL_INPUT_FIXED};
  PolArch critic = actor;
  critic.outputs = 1;
  critic.hidden[0] = 6;
  Ppo *ppo = ppo_create(device, &config, &actor, &critic, STEPS, WORLDS, 1, &err);
  assert_non_null(ppo);
  return ppo;
}

// the six arrays of a learner
static float *array_of(const Ppo *ppo, int i, size_t *n) {
  const Mlp *mlp = i < 3 ? ppo->actor : ppo->critic;
  *n = mlp->n;
  return i % 3 == 0 ? mlp->weight : i % 3 == 1 ? mlp->mean : mlp->square;
}

// numbers that say where they stand
static void number(Ppo *ppo, float first) {
  for (int i = 0; i < 6; i++) {
    size_t n;
    float *array = array_of(ppo, i, &n);
    for (size_t k = 0; k < n; k++) {
      array[k] = first + 100 * (float)i + (float)k;
    }
  }
  for (int j = 0; j < INPUTS; j++) {
    ppo->obs.mean[j] = (double)first + 0.1 * j;
    ppo->obs.square[j] = (double)first + 0.5 + 0.1 * j;
  }
  ppo->value.mean[0] = (double)first + 0.01;
  ppo->value.square[0] = (double)first + 0.02;
}

static void check_numbers(const Ppo *ppo, float first, bool moments) {
  for (int i = 0; i < 6; i++) {
    size_t n;
    const float *array = array_of(ppo, i, &n);
    for (size_t k = 0; k < n; k++) {
      const float wanted = moments || i % 3 == 0 ? first + 100 * (float)i + (float)k : 0;
      assert_true(array[k] == wanted);
    }
  }
  // what the processor plays with
  assert_true(ppo->actor->net->block[ppo->actor->skip] == first);
  assert_true(ppo->critic->net->block[ppo->critic->skip] == first + 300);
}

static void every_array_comes_back_to_its_place(void **state) {
  (void)state;
  SimError err = {0};
  KrnDevice *device = krn_cpu_create(1, &err);
  Ppo *one = make_ppo(device), *two = make_ppo(device);
  number(one, 1000);
  one->iteration = 11;
  one->step = 23;
  one->rate = 0.0123;
  one->pull = 0.75;
  one->obs.count = 31;
  one->value.count = 37;
  RunArchive out = run_archive_writer(json_object(), &err);
  ppo_serialize(&out, one);
  RunCheckpoint *file = save("arrays", &out);
  // the weights alone
  assert_ok(read_ppo(two, file, "", false, &err), &err);
  check_numbers(two, 1000, false);
  assert_int_equal(two->iteration, 0);
  assert_ok(read_ppo(two, file, "", true, &err), &err);
  check_numbers(two, 1000, true);
  assert_int_equal(two->iteration, 11);
  assert_int_equal(two->step, 23);
  assert_near(two->rate, 0.0123, 0);
  assert_near(two->pull, 0.75, 0);
  assert_near(two->obs.count, 31, 0);
  assert_near(two->value.count, 37, 0);
  for (int j = 0; j < INPUTS; j++) {
    assert_near(two->obs.mean[j], 1000 + 0.1 * j, 1e-12);
    assert_near(two->obs.square[j], 1000.5 + 0.1 * j, 1e-12);
  }
  assert_near(two->value.mean[0], 1000.01, 1e-12);
  assert_near(two->value.square[0], 1000.02, 1e-12);
  // and into the network that plays
  ppo_put_statistics(two->actor->net, two);
  assert_near((double)two->actor->net->input_a[2], 1000.2, 1e-3);
  assert_near((double)two->actor->net->input_b[2], sqrt(1000.7), 1e-3);
  run_checkpoint_destroy(file);
  ppo_destroy(one);
  ppo_destroy(two);
  krn_device_destroy(device);
}

static void learners_in_one_file_keep_apart(void **state) {
  (void)state;
  SimError err = {0};
  KrnDevice *device = krn_cpu_create(1, &err);
  Ppo *one = make_ppo(device), *two = make_ppo(device), *back = make_ppo(device);
  number(one, 1000);
  number(two, 5000);
  RunArchive out = run_archive_writer(json_object(), &err);
  out.prefix = "set.";
  ppo_serialize(&out, one);
  out.prefix = "pass.";
  ppo_serialize(&out, two);
  RunCheckpoint *file = save("pair", &out);
  assert_ok(read_ppo(back, file, "set.", true, &err), &err);
  check_numbers(back, 1000, true);
  assert_ok(read_ppo(back, file, "pass.", true, &err), &err);
  check_numbers(back, 5000, true);
  assert_int_equal(read_ppo(back, file, "dig.", true, &err), SIM_BAD_INPUT);
  run_checkpoint_destroy(file);
  ppo_destroy(one);
  ppo_destroy(two);
  ppo_destroy(back);
  krn_device_destroy(device);
}

// ---- a strategy that learns

typedef struct Bench {
  StrategyConfig config;
  SimModel *model;
  PolTeam *team;
} Bench;

static int open_bench(void **state) {
  static const char *const WORDS[] = {"num_envs=3", "batch_size=48", "minibatch_size=24",
                                      "net=small"};
  SimError err = {0};
  Bench *b = calloc(1, sizeof *b);
  assert_ok(strategy_config_load(&b->config, "smoke", NULL, WORDS, 4, &err), &err);
  SimModelOptions options = sim_model_default();
  b->model = sim_model_create(&options, &err);
  b->team = pol_team_load("stage1_plus", &err);
  assert_non_null(b->model);
  assert_non_null(b->team);
  *state = b;
  return 0;
}

static int close_bench(void **state) {
  Bench *b = *state;
  pol_team_destroy(b->team);
  sim_model_destroy(b->model);
  free(b);
  return 0;
}

static LeagueLearner *make_learner(const Bench *b, uint64_t seed) {
  SimError err = {0};
  const LeagueLearnerOptions options = {.config = &b->config,
                                        .model = b->model,
                                        .team = b->team,
                                        .rules = sim_rules_find("court"),
                                        .threads = 1,
                                        .device = "cpu",
                                        .seed = seed};
  LeagueLearner *l = league_learner_create(&options, &err);
  if (!l) {
    fail_msg("%s", err.text);
  }
  const EnvOpponent itself = {.weight = 1};
  env_match_set_opponents(l->matches, &itself, 1);
  return l;
}

// counters are all different, so that none can stand in for another
static void a_learner_goes_on_where_it_was(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  PpoStats figures;
  LeagueLearner *one = make_learner(b, 1), *two = make_learner(b, 1);
  assert_ok(league_learner_update(&figures, one, 0, &err), &err);
  one->ppo->iteration = 11;
  one->ppo->step = 23;
  one->ppo->rate = 0.0123;
  one->decisions = 4567;
  RunArchive out = run_archive_writer(json_object(), &err);
  league_learner_serialize(&out, one);
  RunCheckpoint *file = save("learner", &out);
  RunArchive in = run_archive_reader(file, &err);
  league_learner_serialize(&in, two);
  assert_ok(in.status, &err);
  run_archive_close(&in);
  assert_int_equal(two->ppo->iteration, 11);
  assert_int_equal(two->ppo->step, 23);
  assert_int_equal(two->decisions, 4567);
  assert_near(two->ppo->rate, 0.0123, 0);
  for (int i = 0; i < 6; i++) {
    size_t count;
    const float *a = array_of(one->ppo, i, &count), *c = array_of(two->ppo, i, &count);
    assert_memory_equal(a, c, count * sizeof *a);
  }
  assert_memory_equal(one->book->open, two->book->open,
                      (size_t)one->book->shape.rows * sizeof *one->book->open);
  assert_near(two->book->paid, one->book->paid, 0);
  assert_near(env_match_steps(two->matches), env_match_steps(one->matches), 0);
  assert_true(env_match_steps(two->matches) > 0);
  assert_ok(league_learner_update(&figures, one, 0.5, &err), &err);
  assert_ok(league_learner_update(&figures, two, 0.5, &err), &err);
  assert_memory_equal(one->ppo->actor->weight, two->ppo->actor->weight,
                      one->ppo->actor->n * sizeof(float));
  run_checkpoint_destroy(file);
  league_learner_destroy(one);
  league_learner_destroy(two);
}

// ---- hand-overs

// a critic beside a policy is that of the learner that goes on from it; none, or another shape, is
// no critic; a damaged one is refused
static void a_critic_is_found_beside_its_policy(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  LeagueLearner *l = make_learner(b, 3);
  const PolArch *actor = &l->file.net->arch;
  PolNet *critic = l->ppo->critic->net, *found = NULL;
  critic->block[5] = 0.625f;
  empty_folder("beside");
  assert_ok(skills_critic_beside(&found, "beside/one.safetensors", actor, &err), &err);
  assert_null(found);
  assert_ok(skills_critic_save_beside("beside/one.safetensors", critic, &err), &err);
  assert_int_equal(access("beside/one_critic.safetensors", F_OK), 0);
  assert_ok(skills_critic_beside(&found, "beside/one.safetensors", actor, &err), &err);
  assert_non_null(found);
  assert_memory_equal(found->block, critic->block, l->ppo->critic->n * sizeof(float));
  // it is kept, and there is nothing to warm up
  LeagueLearnerOptions options = l->options;
  options.start = &l->file;
  options.critic = found;
  LeagueLearner *next = league_learner_create(&options, &err);
  assert_ok(err.status, &err);
  assert_memory_equal(next->ppo->critic->weight, critic->block,
                      next->ppo->critic->n * sizeof(float));
  assert_int_equal(next->ppo->config.critic_warmup, 0);
  league_learner_destroy(next);
  options.critic = NULL;
  next = league_learner_create(&options, &err);
  assert_memory_not_equal(next->ppo->critic->weight, critic->block,
                          next->ppo->critic->n * sizeof(float));
  league_learner_destroy(next);
  pol_net_destroy(found);
  PolArch wider = *actor;
  wider.hidden[0]++;
  assert_ok(skills_critic_beside(&found, "beside/one.safetensors", &wider, &err), &err);
  assert_null(found);
  assert_int_equal(truncate("beside/one_critic.safetensors", 100), 0);
  assert_int_equal(skills_critic_beside(&found, "beside/one.safetensors", actor, &err),
                   SIM_BAD_INPUT);
  assert_null(found);
  league_learner_destroy(l);
}

// ---- a population

static LeaguePopulation *make_population(const Bench *b) {
  SimError err = {0};
  LeaguePopulation *p = league_population_create(b->team->options);
  assert_ok(league_population_add_rule(p, LEAGUE_MEMBER_RULE, "random", &err), &err);
  return p;
}

static void members_keep_their_weights_and_results(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  LeagueLearner *l = make_learner(b, 2);
  LeaguePopulation *p = make_population(b), *q = make_population(b);
  float *weight = l->file.net->block;
  for (int i = 0; i < 3; i++) {
    char name[16];
    snprintf(name, sizeof name, "m%d", i);
    weight[0] = 7 + (float)i;
    const LeagueMemberKind kind = i == 1 ? LEAGUE_MEMBER_EXPLOITER : LEAGUE_MEMBER_SNAPSHOT;
    assert_ok(league_population_add_net(p, kind, name, &l->strategy, 10 * (i + 1), &err), &err);
  }
  const LeagueScore score = {.wins = 5, .losses = 3, .draws = 1};
  league_payoff_add(p->payoff, 3, 1, 2, &score);
  RunArchive out = run_archive_writer(json_object(), &err);
  league_population_serialize(&out, p, &l->strategy);
  RunCheckpoint *file = save("members", &out);
  RunArchive in = run_archive_reader(file, &err);
  league_population_serialize(&in, q, &l->strategy);
  assert_ok(in.status, &err);
  run_archive_close(&in);
  assert_int_equal(q->n, 4);
  for (int i = 0; i < 3; i++) {
    const LeagueMember *member = q->member[1 + i];
    assert_string_equal(member->name, p->member[1 + i]->name);
    assert_int_equal(member->kind, p->member[1 + i]->kind);
    assert_int_equal(member->decisions, 10 * (i + 1));
    assert_true(member->strategy.file->net->block[0] == 7 + (float)i);
  }
  assert_near(league_payoff_cell(q->payoff, 3, 1, 2)->wins, 5, 0);
  assert_near(league_payoff_cell(q->payoff, 1, 3, league_cell_mirror(2))->losses, 5, 0);
  run_checkpoint_destroy(file);
  league_population_destroy(p);
  league_population_destroy(q);
  league_learner_destroy(l);
}

// the arrays over members end somewhere, whatever a checkpoint says
static void a_population_is_full_once(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  LeagueLearner *l = make_learner(b, 2);
  LeaguePopulation *p = make_population(b);
  char name[16];
  while (p->n < LEAGUE_POPULATION_MAX) {
    snprintf(name, sizeof name, "m%d", p->n);
    assert_ok(league_population_add_net(p, LEAGUE_MEMBER_SNAPSHOT, name, &l->strategy, p->n, &err),
              &err);
  }
  assert_refused(
      league_population_add_net(p, LEAGUE_MEMBER_SNAPSHOT, "last", &l->strategy, 1, &err),
      SIM_BAD_INPUT, &err, "strategy 'last' is one too many; wanted at most 480");
  assert_int_equal(p->n, LEAGUE_POPULATION_MAX);
  assert_int_equal(p->payoff->n, p->n);
  league_population_destroy(p);
  league_learner_destroy(l);
}

// that of a flat training, whose members are deployed one and all, ends earlier
static void a_checkpoint_of_too_many_members_is_refused(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  LeagueLearner *l = make_learner(b, 2);
  LeaguePopulation *p = make_population(b), *q = make_population(b);
  char name[16];
  while (p->n < POL_MIXTURE_MAX + 1) {
    snprintf(name, sizeof name, "m%d", p->n);
    assert_ok(league_population_add_net(p, LEAGUE_MEMBER_SNAPSHOT, name, &l->strategy, p->n, &err),
              &err);
  }
  RunArchive out = run_archive_writer(json_object(), &err);
  league_population_serialize(&out, p, &l->strategy);
  RunCheckpoint *file = save("many", &out);
  RunArchive in = run_archive_reader(file, &err);
  q->most = POL_MIXTURE_MAX;
  league_population_serialize(&in, q, &l->strategy);
  assert_refused(in.status, SIM_BAD_INPUT, &err, "is one too many; wanted at most 64");
  assert_int_equal(q->n, POL_MIXTURE_MAX);
  run_archive_close(&in);
  run_checkpoint_destroy(file);
  league_population_destroy(p);
  league_population_destroy(q);
  league_learner_destroy(l);
}

// ---- a session

// A training that learns from ten decisions at a time.
typedef struct Fake {
  TrainSession session;
  KrnDevice *device;
  int64_t decisions;
  int turns, stores, deploys;
} Fake;

static SimStatus fake_learn(PpoStats *stats, void *training, SimError *err) {
  Fake *fake = training;
  (void)stats, (void)err;
  fake->decisions += 10;
  fake->turns++;
  return SIM_OK;
}

static int64_t fake_decisions(const void *training) {
  return ((const Fake *)training)->decisions;
}

static void fake_serialize(void *training, RunArchive *archive) {
  Fake *fake = training;
  fake->stores += !run_archive_reads(archive);
  run_archive_values(archive, "decisions", POL_I64, 1, &fake->decisions);
}

static SimStatus fake_deploy(void *training, SimError *err) {
  (void)err;
  ((Fake *)training)->deploys++;
  return SIM_OK;
}

// runs in folder "session"; the status of opening it
static SimStatus run_configured(Fake *fake, const char *config, int64_t budget, uint64_t seed,
                                double seconds, SimError *err) {
  static const char *const IGNORED[] = {"ignored", NULL};
  const TrainOps ops = {.kind = "fake",
                        .name = "test",
                        .ignored = IGNORED,
                        .learn = fake_learn,
                        .decisions = fake_decisions,
                        .serialize = fake_serialize,
                        .deploy = fake_deploy};
  static char word[] = "test", *const words[] = {word};
  const TrainOptions options = {.folder = "session",
                                .resume_command = "again",
                                .resume = true,
                                .budget = budget,
                                .seed = seed,
                                .threads = 1,
                                .checkpoint_seconds = seconds,
                                .argc = 1,
                                .argv = words};
  *fake = (Fake){.device = krn_cpu_create(1, err)};
  const SimStatus status = train_run(&fake->session, &options, &ops, fake, strdup(config),
                                     json_object(), fake->device, err);
  train_close(&fake->session);
  krn_device_destroy(fake->device);
  return status;
}

static SimStatus run_fake(Fake *fake, int64_t budget, uint64_t seed, double seconds,
                          SimError *err) {
  return run_configured(fake, "same: 1\nignored: 2\n", budget, seed, seconds, err);
}

static void a_session_spends_its_budget_once(void **state) {
  (void)state;
  SimError err = {0};
  Fake fake;
  empty_folder("session");
  assert_int_equal(rmdir("session"), 0);
  // 21 takes three times ten; nothing is stored before an hour has passed, but the end
  assert_ok(run_fake(&fake, 21, 3, 3600, &err), &err);
  assert_int_equal(fake.turns, 3);
  assert_int_equal(fake.stores, 1);
  // done is done
  assert_ok(run_fake(&fake, 21, 3, 3600, &err), &err);
  assert_int_equal(fake.turns, 0);
  assert_int_equal(fake.decisions, 30);
  // neither more nor less, and not by other dice
  assert_refused(run_fake(&fake, 22, 3, 0, &err), SIM_BAD_INPUT, &err, "budget of 21");
  assert_refused(run_fake(&fake, 20, 3, 0, &err), SIM_BAD_INPUT, &err, "budget of 21");
  assert_refused(run_fake(&fake, 21, 4, 0, &err), SIM_BAD_INPUT, &err, "seed 3; wanted 4");
  assert_refused(run_fake(&fake, 21, 2, 0, &err), SIM_BAD_INPUT, &err, "seed 3; wanted 2");
  // what the ignored lines say does not matter, every other line does
  assert_ok(run_configured(&fake, "same: 1\nignored: 3\n", 21, 3, 0, &err), &err);
  assert_refused(run_configured(&fake, "same: 2\nignored: 2\n", 21, 3, 0, &err), SIM_BAD_INPUT,
                 &err, "another configuration");
  // a checkpoint after every turn when no time may pass without one
  empty_folder("session");
  assert_int_equal(rmdir("session"), 0);
  assert_ok(run_fake(&fake, 20, 3, 0, &err), &err);
  assert_int_equal(fake.turns, 2);
  assert_int_equal(fake.stores, 3);
  // what plays follows those on the way
  assert_int_equal(fake.deploys, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_walk_ends_where_it_fails),
      cmocka_unit_test(every_array_comes_back_to_its_place),
      cmocka_unit_test(learners_in_one_file_keep_apart),
      cmocka_unit_test_setup_teardown(a_learner_goes_on_where_it_was, open_bench, close_bench),
      cmocka_unit_test_setup_teardown(a_critic_is_found_beside_its_policy, open_bench, close_bench),
      cmocka_unit_test_setup_teardown(members_keep_their_weights_and_results, open_bench,
                                      close_bench),
      cmocka_unit_test_setup_teardown(a_population_is_full_once, open_bench, close_bench),
      cmocka_unit_test_setup_teardown(a_checkpoint_of_too_many_members_is_refused, open_bench,
                                      close_bench),
      cmocka_unit_test(a_session_spends_its_budget_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
