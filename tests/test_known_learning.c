// A learner on games with a known answer (tests/support/known_game.h), through the code that learns
// strategies of volleyball: what it chooses, what it expects, and every number that it learns from
// against a count of its own from the record of what was played.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/league/learner.h"
#include "tests/support/known_game.h"

enum { INPUTS = 128, OPTIONS_MAX = 16 };

typedef struct Scene {
  PolTeam *team;
  KnownGame game;
  StrategyConfig config;
  LeagueLearner *learner;
} Scene;

// small: 16 matches, 512 decisions an update
static Scene open_scene(uint32_t (*legal)(const KnownRally *rally, SimTeam side),
                        SimWinner (*judge)(SimEventKind *reason, const KnownRally *rally),
                        const char *more, Scene *scene) {
  static const char *const SMALL[] = {"num_envs=16",         "batch_size=512", "minibatch_size=128",
                                      "learning_rate=0.003", "anneal_share=0", "ent_coef=0.003",
                                      "update_epochs=4",     "gamma_horizon=1"};
  enum { N = sizeof SMALL / sizeof *SMALL };
  const char *all[N + 1];
  SimError err = {0};
  memcpy(all, SMALL, sizeof SMALL);
  all[N] = more;
  scene->team = known_team();
  known_open(&scene->game, legal, judge);
  assert_ok(strategy_config_load(&scene->config, NULL, NULL, all, more ? N + 1 : N, &err), &err);
  scene->learner = NULL;
  return *scene;
}

static LeagueLearnerOptions options_of(const Scene *scene) {
  return (LeagueLearnerOptions){.game = &scene->game.game,
                                .config = &scene->config,
                                .team = scene->team,
                                .rules = sim_rules_find("court"),
                                .threads = 1,
                                .device = "cpu",
                                .seed = 5};
}

static void open_learner(Scene *scene, const EnvOpponent *rival, int n) {
  const LeagueLearnerOptions options = options_of(scene);
  SimError err = {0};
  scene->learner = league_learner_create(&options, &err);
  assert_ok(err.status, &err);
  env_match_set_opponents(scene->learner->matches, rival, n);
}

static void close_scene(Scene *scene) {
  league_learner_destroy(scene->learner);
  known_close(&scene->game);
  pol_team_destroy(scene->team);
}

static void learn(Scene *scene, int updates) {
  SimError err = {0};
  for (int i = 0; i < updates; i++) {
    PpoStats figures;
    known_forget(&scene->game);
    assert_ok(league_learner_update(&figures, scene->learner, 0, &err), &err);
  }
}

// what is seen after `asked` decisions of which the first was `first`
static void put_obs(float obs[INPUTS], int asked, int first) {
  memset(obs, 0, INPUTS * sizeof *obs);
  obs[0] = 1;
  obs[KNOWN_OBS_ASKED] = (float)asked;
  if (asked > 0) {
    obs[KNOWN_OBS_FIRST + first] = 1;
  }
}

static double value_of(Scene *scene, int asked, int first) {
  float obs[INPUTS], value;
  put_obs(obs, asked, first);
  ppo_values(&value, scene->learner->ppo, obs, 1);
  return (double)value;
}

// with what probability the learner chooses an attack among those that are legal
static double chance_of(const Scene *scene, int attack, uint32_t attacks, int asked, int first) {
  PolDecision decision = {.legal = {1, 1, 0, 1}};
  float p[POL_HEADS_MAX][POL_OPTIONS_MAX], scratch[4096];
  for (int i = 0; i < KNOWN_ATTACKS; i++) {
    decision.legal[POL_HEAD_ATTACKER] |= (attacks >> i & 1u) << known_option(scene->team, i);
  }
  put_obs(decision.obs, asked, first);
  assert_true(pol_strategy_probabilities(p, &scene->learner->strategy, scene->team->options,
                                         &decision, scratch));
  return (double)p[POL_HEAD_ATTACKER][known_option(scene->team, attack)];
}

static double fade(double seconds) {
  return exp(-seconds);
}

static PolStrategy rule(const Scene *scene, const char *word) {
  PolStrategy strategy;
  SimError err = {0};
  assert_ok(pol_strategy_rule(&strategy, word, scene->team->options, &err), &err);
  return strategy;
}

// ---- one decision: the higher attack wins more, whatever the other side does

enum { POINT_STEPS = 50 };  // half a second

static SimWinner higher_wins(SimEventKind *reason, const KnownRally *rally) {
  if (rally->step < POINT_STEPS) {
    return SIM_PLAYING;
  }
  return known_share(reason, rally,
                     50 + 15 * (rally->chose[SIM_NEAR][0] - rally->chose[SIM_FAR][0]));
}

// near's points and all points of the learner on record
static double won_share(const KnownGame *game, const PolStrategy *learner) {
  int won = 0, all = 0;
  for (int i = 0; i < game->points; i++) {
    for (int side = 0; side < SIM_TEAMS; side++) {
      if (game->point[i].who[side] == learner) {
        won += (int)game->point[i].winner == side;
        all++;
      }
    }
  }
  return (double)won / all;
}

static void the_dominant_attack_is_found(void **state) {
  (void)state;
  Scene scene;
  open_scene(known_once, higher_wins, NULL, &scene);
  const PolStrategy random = rule(&scene, "random");
  open_learner(&scene, &(EnvOpponent){.strategy = &random, .weight = 1}, 1);
  assert_near(chance_of(&scene, KNOWN_WELL, 15, 0, 0), 0.25, 0.05);
  learn(&scene, 20);
  assert_true(chance_of(&scene, KNOWN_WELL, 15, 0, 0) > 0.95);
  // the mean of 50, 65, 80 and 95 %, counted twice; a point is worth 1 or -1, half a second later
  const double share = won_share(&scene.game, &scene.learner->strategy);
  assert_near(share, 0.725, 0.06);
  assert_near(value_of(&scene, 0, 0), fade(0.5) * (2 * 0.725 - 1), 0.05);
  close_scene(&scene);
}

// against itself what one side wins the other loses, and both learn it
static void both_sides_of_itself_learn(void **state) {
  (void)state;
  Scene scene;
  open_scene(known_once, higher_wins, NULL, &scene);
  open_learner(&scene, &(EnvOpponent){.weight = 1}, 1);
  learn(&scene, 20);
  assert_true(chance_of(&scene, KNOWN_WELL, 15, 0, 0) > 0.9);
  assert_near(value_of(&scene, 0, 0), 0, 0.06);
  close_scene(&scene);
}

// where nothing is to be won by it, no attack is preferred
static SimWinner coin(SimEventKind *reason, const KnownRally *rally) {
  return rally->step < POINT_STEPS ? SIM_PLAYING : known_share(reason, rally, 50);
}

static void entropy_evens_out(void **state) {
  (void)state;
  Scene scene;
  SimError err = {0};
  open_scene(known_once, coin, "ent_coef=0.3", &scene);
  PolStrategy rocky = known_strategy(scene.team, (const double[]){0.7, 0.1, 0.1, 0.1});
  const PolStrategy random = rule(&scene, "random");
  LeagueLearnerOptions options = options_of(&scene);
  options.start = rocky.file;
  scene.learner = league_learner_create(&options, &err);
  assert_ok(err.status, &err);
  env_match_set_opponents(scene.learner->matches, &(EnvOpponent){.strategy = &random, .weight = 1},
                          1);
  assert_near(chance_of(&scene, KNOWN_ROCK, 15, 0, 0), 0.7, 1e-5);
  learn(&scene, 25);
  for (int i = 0; i < KNOWN_ATTACKS; i++) {
    assert_near(chance_of(&scene, i, 15, 0, 0), 0.25, 0.12);
  }
  pol_file_destroy(rocky.file);
  close_scene(&scene);
}

// ---- a mask: the best attack may not be chosen

static uint32_t low_only(const KnownRally *rally, SimTeam side) {
  return rally->asked[side] == 0 ? 1u << KNOWN_ROCK | 1u << KNOWN_PAPER : 0;
}

static void a_mask_hides_what_would_be_best(void **state) {
  (void)state;
  Scene scene;
  open_scene(low_only, higher_wins, NULL, &scene);
  const PolStrategy random = rule(&scene, "random");
  open_learner(&scene, &(EnvOpponent){.strategy = &random, .weight = 1}, 1);
  // what is not legal is neither played nor learnt: the sampled probabilities are those of the loss
  SimError err = {0};
  assert_ok(league_learner_collect(scene.learner, &err), &err);
  const Trajectory *book = scene.learner->book;
  for (int i = 0; i < book->n; i++) {
    const int attack = (int)book->action[i * book->shape.actions + POL_HEAD_ATTACKER] ==
                               known_option(scene.team, KNOWN_ROCK)
                           ? KNOWN_ROCK
                           : KNOWN_PAPER;
    assert_near((double)book->log_prob[i], log(chance_of(&scene, attack, 3, 0, 0)), 1e-5);
  }
  learn(&scene, 20);
  assert_true(chance_of(&scene, KNOWN_PAPER, 3, 0, 0) > 0.9);
  for (int i = 0; i < scene.game.points; i++) {
    for (int side = 0; side < SIM_TEAMS; side++) {
      assert_true(scene.game.point[i].rally.chose[side][0] <= KNOWN_PAPER);
    }
  }
  close_scene(&scene);
  // without it the same learner finds the same attack as before
  open_scene(low_only, higher_wins, "masks=0", &scene);
  open_learner(&scene, &(EnvOpponent){.strategy = &random, .weight = 1}, 1);
  learn(&scene, 20);
  assert_true(chance_of(&scene, KNOWN_WELL, 15, 0, 0) > 0.9);
  close_scene(&scene);
}

// A mask belongs to the loss as to the play: in the first minibatch of an update nothing has moved.
static void nothing_moves_before_the_first_step(void **state) {
  (void)state;
  Scene scene;
  open_scene(low_only, higher_wins, "update_epochs=1", &scene);
  scene.config.minibatch_size = scene.config.batch_size;
  const PolStrategy random = rule(&scene, "random");
  open_learner(&scene, &(EnvOpponent){.strategy = &random, .weight = 1}, 1);
  SimError err = {0};
  for (int i = 0; i < 3; i++) {
    PpoStats figures;
    assert_ok(league_learner_update(&figures, scene.learner, 0, &err), &err);
    assert_near(figures.kl, 0, 1e-6);
    assert_near(figures.clipped, 0, 0);
    const double p = chance_of(&scene, KNOWN_ROCK, 3, 0, 0);
    // the entropy of what may be chosen
    assert_near(figures.entropy, -p * log(p) - (1 - p) * log(1 - p), 0.02);
  }
  close_scene(&scene);
}

// ---- two decisions and time: rock is worth less than the well, but sooner

enum { SECOND = 100, LATE = 200 };  // 1 s, 2 s

static bool goes_on(const KnownRally *rally, SimTeam side) {
  return rally->asked[side] == 1 && rally->chose[side][0] == KNOWN_WELL;
}

static uint32_t ask_twice(const KnownRally *rally, SimTeam side) {
  if (rally->asked[side] == 0) {
    return 1u << KNOWN_ROCK | 1u << KNOWN_WELL;
  }
  return rally->step == SECOND && goes_on(rally, side) ? 1u << KNOWN_ROCK | 1u << KNOWN_WELL : 0;
}

// Who does not choose scissors learns: rock ends the rally after half a second with 70 % of the
// points; the well asks again after a second, and a second well wins after two, what else loses.
static SimWinner soon_or_late(SimEventKind *reason, const KnownRally *rally) {
  const SimTeam learner = rally->chose[SIM_NEAR][0] == KNOWN_SCISSORS ? SIM_FAR : SIM_NEAR;
  const bool near = learner == SIM_NEAR;
  if (rally->chose[learner][0] == KNOWN_ROCK) {
    return rally->step < POINT_STEPS ? SIM_PLAYING : known_share(reason, rally, near ? 70 : 30);
  }
  const bool right = rally->asked[learner] == 2 && rally->chose[learner][1] == KNOWN_WELL;
  return rally->step < LATE ? SIM_PLAYING : known_share(reason, rally, right == near ? 100 : 0);
}

static void time_decides_between_now_and_later(void **state) {
  (void)state;
  Scene scene;
  open_scene(ask_twice, soon_or_late, NULL, &scene);
  const PolStrategy scissors = rule(&scene, "rule:middle:scissors");
  open_learner(&scene, &(EnvOpponent){.strategy = &scissors, .weight = 1}, 1);
  learn(&scene, 10);
  // while both are tried: a sure point in a second
  assert_near(value_of(&scene, 1, KNOWN_WELL), fade(1), 0.06);
  learn(&scene, 20);
  // 0.4 in half a second are more than 1 in two
  assert_true(fade(0.5) * 0.4 > fade(2));
  assert_true(chance_of(&scene, KNOWN_ROCK, 9, 0, 0) > 0.9);
  assert_near(value_of(&scene, 0, 0), fade(0.5) * 0.4, 0.05);
  close_scene(&scene);
  // and less where time counts for little
  open_scene(ask_twice, soon_or_late, NULL, &scene);
  scene.config.gamma_horizon = 10;
  open_learner(&scene, &(EnvOpponent){.strategy = &scissors, .weight = 1}, 1);
  learn(&scene, 30);
  assert_true(chance_of(&scene, KNOWN_WELL, 9, 0, 0) > 0.9);
  assert_near(value_of(&scene, 0, 0), exp(-2.0 / 10), 0.05);
  close_scene(&scene);
}

// ---- every advantage and return again

static uint32_t ask_at_three_times(const KnownRally *rally, SimTeam side) {
  static const int AT[] = {0, 30, 80};
  const int asked = rally->asked[side];
  return asked < 3 && rally->step == AT[asked] + 5 * (side == SIM_FAR && asked > 0) ? 15 : 0;
}

// after a second and more; the clock ends every third rally
static SimWinner three_times(SimEventKind *reason, const KnownRally *rally) {
  if (rally->step < SECOND + (int)(10 * (rally->rally % 13))) {
    return SIM_PLAYING;
  }
  if (rally->rally % 3 == 0) {
    *reason = SIM_EVENT_TIMEOUT;
    return SIM_DRAW;
  }
  return known_share(reason, rally, 50);
}

// What a decision should be worth, from the record alone: rewards and values discounted by the
// seconds between, lambda per decision (Schulman et al. 2016).
static double advantage_of(Scene *scene, const KnownPoint *point, SimTeam side, int k) {
  const double tau = scene->config.gamma_horizon, lambda = scene->config.ppo.gae_lambda;
  const KnownRally *rally = &point->rally;
  const int first = rally->chose[side][0];
  const double taken = rally->at[side][k] * SIM_DT;
  const double own = value_of(scene, k, first);
  if (k + 1 < rally->asked[side]) {
    const double pass = exp(-(rally->at[side][k + 1] * SIM_DT - taken) / tau);
    return pass * value_of(scene, k + 1, first) - own +
           pass * lambda * advantage_of(scene, point, side, k + 1);
  }
  const double pass = exp(-(rally->step * SIM_DT - taken) / tau);
  const bool cut = point->reason == SIM_EVENT_TIMEOUT;
  const double result = cut ? 0 : (int)point->winner == (int)side ? 1 : -1;
  return pass * (cut ? value_of(scene, rally->asked[side], first) : result) - own;
}

// the stored decision of row that was taken at step `at` of its k-th rally
static int find_stored(const Trajectory *book, int row, int nth) {
  for (int i = 0; i < book->n; i++) {
    if (book->one[i].row == row && nth-- == 0) {
      return i;
    }
  }
  return -1;
}

static void every_advantage_follows_from_the_record(void **state) {
  (void)state;
  Scene scene;
  open_scene(ask_at_three_times, three_times, "gae_lambda=0.7", &scene);
  const PolStrategy random = rule(&scene, "random");
  const EnvOpponent rival[] = {{.weight = 1}, {.strategy = &random, .weight = 1}};
  open_learner(&scene, rival, 2);
  LeagueLearner *l = scene.learner;
  SimError err = {0};
  assert_ok(league_learner_collect(l, &err), &err);
  // each decision in the order of its row, with what it should be worth under the critic of now
  int nth[16 * SIM_TEAMS] = {0}, checked = 0, at[600];
  double wanted[600], own[600];
  for (int i = 0; i < scene.game.points; i++) {
    const KnownPoint *point = &scene.game.point[i];
    for (int side = 0; side < SIM_TEAMS; side++) {
      for (int k = 0; point->who[side] == &l->strategy && k < point->rally.asked[side]; k++) {
        const int row = point->match * SIM_TEAMS + side,
                  stored = find_stored(l->book, row, nth[row]++);
        assert_true(stored >= 0 && checked < 600);
        assert_near(l->book->one[stored].taken, point->rally.at[side][k] * SIM_DT, 1e-9);
        assert_int_equal((int)l->book->action[stored * l->book->shape.actions + POL_HEAD_ATTACKER],
                         known_option(scene.team, point->rally.chose[side][k]));
        at[checked] = l->book->one[stored].place;
        assert_true(at[checked] >= 0);
        own[checked] = value_of(&scene, k, point->rally.chose[side][0]);
        wanted[checked++] = advantage_of(&scene, point, (SimTeam)side, k);
      }
    }
  }
  assert_true(checked > 350);
  // what goes on is worth what the critic says of the decision that is open
  for (int i = 0, finished = checked; i < l->book->n; i++) {
    const Transition *done = &l->book->one[i];
    if (done->end == TRANSITION_NEXT && l->book->one[done->after].end == TRANSITION_OPEN) {
      const float *next = l->book->obs + (size_t)done->after * INPUTS;
      float value, before;
      ppo_values(&value, l->ppo, next, 1);
      assert_true(checked < 600 && next[KNOWN_OBS_ASKED] == 1 + l->book->obs[i * INPUTS + 1]);
      ppo_values(&before, l->ppo, l->book->obs + (size_t)i * INPUTS, 1);
      const double pass =
          exp(-(l->book->one[done->after].taken - done->taken) / scene.config.gamma_horizon);
      at[checked] = done->place;
      own[checked] = (double)before;
      wanted[checked++] = pass * (double)value - (double)before;
    }
    assert_true(i < l->book->n - 1 || checked > finished);
  }
  PpoStats figures;
  assert_ok(league_learner_learn(&figures, l, 0, &err), &err);
  for (int i = 0; i < checked; i++) {
    assert_near((double)l->book->advantage[at[i]], wanted[i], 1e-5);
    assert_near((double)l->book->returns[at[i]], wanted[i] + own[i], 1e-5);
  }
  close_scene(&scene);
}

// ---- whose points teach what

static SimWinner near_wins(SimEventKind *reason, const KnownRally *rally) {
  const bool draw = rally->rally % 7 == 0;
  *reason = draw ? SIM_EVENT_BOTH : rally->rally % 2 ? SIM_EVENT_BALL_OUT : SIM_EVENT_DRONE_NET;
  return rally->step < POINT_STEPS ? SIM_PLAYING : draw ? SIM_DRAW : SIM_WIN_NEAR;
}

// plain rewards of the stored decisions of a side
static double paid_to(const Trajectory *book, SimTeam side) {
  double sum = 0;
  for (int i = 0; i < book->n; i++) {
    sum += book->one[i].row % SIM_TEAMS == (int)side ? book->one[i].plain : 0;
  }
  return sum;
}

static void points_are_paid_to_who_won_them(void **state) {
  (void)state;
  for (int strict = 0; strict < 2; strict++) {
    Scene scene;
    open_scene(known_once, near_wins, NULL, &scene);
    const PolStrategy random = rule(&scene, "random"), rock = rule(&scene, "rule:middle:rock");
    const EnvOpponent rival[] = {{.strategy = &random, .weight = 2},
                                 {.strategy = &rock, .weight = 1, .watched = true}};
    LeagueLearnerOptions options = options_of(&scene);
    SimError err = {0};
    options.strict = strict;
    scene.learner = league_learner_create(&options, &err);
    assert_ok(err.status, &err);
    env_match_set_opponents(scene.learner->matches, rival, 2);
    assert_ok(league_learner_collect(scene.learner, &err), &err);
    double won = 0, lost = 0, played[2] = {0};
    LeagueScore seen[2][LEAGUE_CELLS] = {{{0}}};
    for (int i = 0; i < scene.game.points; i++) {
      const KnownPoint *point = &scene.game.point[i];
      const int side = point->who[SIM_NEAR] == &scene.learner->strategy ? SIM_NEAR : SIM_FAR;
      const bool watched = point->who[1 - side] == &rock, draw = point->winner == SIM_DRAW;
      LeagueScore *cell =
          &seen[watched][2 * (side == SIM_FAR) + ((int)point->rally.server != side)];
      played[watched]++;
      cell->wins += side == SIM_NEAR && !draw;
      cell->losses += side == SIM_FAR && !draw;
      cell->draws += draw;
      // what the opponents' drones do wrong is no point of ours where it is not to be waited for
      won += !watched && !draw && side == SIM_NEAR &&
             !(strict && point->reason == SIM_EVENT_DRONE_NET);
      lost += !watched && !draw && side == SIM_FAR;
    }
    const Trajectory *book = scene.learner->book;
    assert_near(paid_to(book, SIM_NEAR), won, 0);
    assert_near(paid_to(book, SIM_FAR), -lost, 0);
    assert_near(book->paid, won - lost, 0);
    assert_int_equal(book->ready, (int)played[0]);
    assert_true(played[1] > 100 && won > 60 && lost > 100);
    // the results against each are counted apart, the watched ones too
    for (int k = 0; k < 2 * LEAGUE_CELLS; k++) {
      const LeagueScore *score =
          &env_match_matchups(scene.learner->matches)[k / LEAGUE_CELLS].score[k % LEAGUE_CELLS];
      assert_memory_equal(score, &seen[k / LEAGUE_CELLS][k % LEAGUE_CELLS], sizeof *score);
    }
    close_scene(&scene);
  }
}

// attacks taken, touched with and won with, counted again
static void shares_are_what_was_played(void **state) {
  (void)state;
  Scene scene;
  open_scene(known_once, higher_wins, NULL, &scene);
  const PolStrategy random = rule(&scene, "random");
  open_learner(&scene, &(EnvOpponent){.strategy = &random, .weight = 1}, 1);
  SimError err = {0};
  assert_ok(league_learner_collect(scene.learner, &err), &err);
  double taken[KNOWN_ATTACKS] = {0}, kills[KNOWN_ATTACKS] = {0}, all = 0;
  for (int i = 0; i < scene.game.points; i++) {
    const KnownPoint *point = &scene.game.point[i];
    const int side = point->who[SIM_NEAR] == &scene.learner->strategy ? SIM_NEAR : SIM_FAR;
    taken[point->rally.chose[side][0]]++;
    kills[point->rally.chose[side][0]] += (int)point->winner == side;
  }
  const EnvOptionStats *shares = env_match_option_stats(scene.learner->matches);
  for (int i = 0; i < KNOWN_ATTACKS; i++) {
    const int option = known_option(scene.team, i);
    // one rally of each match is not over
    assert_true(shares->taken[POL_HEAD_ATTACKER][option] >= taken[i]);
    assert_near(shares->taken[POL_HEAD_ATTACKER][option],
                shares->strikes[POL_HEAD_ATTACKER][option], 0);
    assert_near(shares->kills[POL_HEAD_ATTACKER][option], kills[i], 0);
    all += shares->taken[POL_HEAD_ATTACKER][option];
  }
  assert_near(all, scene.game.points + 16, 16);
  assert_near(shares->reasons[SIM_EVENT_BALL_IN], scene.game.points, 0);
  close_scene(&scene);
}

// ---- best responses

static SimWinner paper_beats_rock(SimEventKind *reason, const KnownRally *rally) {
  static const int SHARE[KNOWN_ATTACKS][KNOWN_ATTACKS] = {
      {50, 10, 90, 10}, {90, 50, 10, 10}, {10, 90, 50, 10}, {90, 90, 90, 50}};
  return known_share(reason, rally, SHARE[rally->chose[SIM_NEAR][0]][rally->chose[SIM_FAR][0]]);
}

static uint32_t without_well(const KnownRally *rally, SimTeam side) {
  return rally->asked[side] == 0 ? 7 : 0;
}

static void a_best_response_beats_its_target(void **state) {
  (void)state;
  Scene scene;
  open_scene(without_well, paper_beats_rock, NULL, &scene);
  PolStrategy rock = known_strategy(scene.team, (const double[]){1, 0, 0, 0});
  PolStrategy scissors = known_strategy(scene.team, (const double[]){0, 0, 1, 0});
  // mostly rock: paper wins 0.75 x 90 % + 0.25 x 10 %
  const LeaguePlayer target = {.n = 2, .strategy = {&scissors, &rock}, .weight = {1, 3}};
  const LeagueLearnerOptions options = options_of(&scene);
  LeagueScore late;
  PolFile *file;
  SimError err = {0};
  assert_ok(league_best_response(&file, &late, &options, &target, &(int64_t){8192}, 1, &err), &err);
  LeagueLearner stand_in = {.strategy = {.kind = POL_STRATEGY_NET, .file = file, .sample = true}};
  scene.learner = &stand_in;
  assert_true(chance_of(&scene, KNOWN_PAPER, 7, 0, 0) > 0.9);
  assert_near(league_score_value(&late), 0.7, 0.05);
  // whom it met
  double rocks = 0;
  for (int i = 0; i < scene.game.points; i++) {
    const KnownPoint *point = &scene.game.point[i];
    rocks += point->who[SIM_NEAR] == &rock || point->who[SIM_FAR] == &rock;
  }
  assert_near(rocks / scene.game.points, 0.75, 0.03);
  scene.learner = NULL;
  pol_file_destroy(file);
  pol_file_destroy(rock.file);
  pol_file_destroy(scissors.file);
  close_scene(&scene);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_dominant_attack_is_found),
      cmocka_unit_test(both_sides_of_itself_learn),
      cmocka_unit_test(entropy_evens_out),
      cmocka_unit_test(a_mask_hides_what_would_be_best),
      cmocka_unit_test(nothing_moves_before_the_first_step),
      cmocka_unit_test(time_decides_between_now_and_later),
      cmocka_unit_test(every_advantage_follows_from_the_record),
      cmocka_unit_test(points_are_paid_to_who_won_them),
      cmocka_unit_test(shares_are_what_was_played),
      cmocka_unit_test(a_best_response_beats_its_target),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
