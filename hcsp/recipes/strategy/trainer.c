// What every part of a strategy's training asks of it: how it goes about it, whom it may meet,
// which of its snapshots stand for it.
#include <assert.h>
#include <stdlib.h>

#include "hcsp/recipes/strategy/internal.h"

bool strategy_trainer_responds(const StrategyTrainer *tr) {
  const StrategyAlgorithm algorithm = tr->t->config->algorithm;
  return algorithm == STRATEGY_FSP || algorithm == STRATEGY_DELTA_UNIFORM ||
         algorithm == STRATEGY_NASH;
}

LeagueTournament strategy_trainer_tournament(const StrategyTrainer *tr, uint64_t purpose) {
  return (LeagueTournament){.game = tr->t->game,
                            .model = tr->engine.learn,
                            .team = tr->team,
                            .rules = tr->engine.rules,
                            .seed = tr->t->options.seed + purpose,
                            .threads = tr->t->options.threads};
}

LeagueLearnerOptions strategy_trainer_response_options(const StrategyTrainer *tr,
                                                       uint64_t purpose) {
  LeagueLearnerOptions options = tr->learner->options;
  options.config = &tr->response;
  options.seed = tr->t->options.seed + purpose;
  options.start = NULL;
  options.critic = NULL;
  options.guest = NULL;
  return options;
}

const char *const STRATEGY_CURVE_NAMES[STRATEGY_CURVES] = {
    "decisions", "cpu_seconds", "entropy", "kl",        "explained", "hits",
    "draws",     "bot",         "random",  "snapshots", "pool"};

void strategy_trainer_note_meta(StrategyTrainer *tr) {
  assert(tr->metas >= 0 && tr->population->n <= LEAGUE_POPULATION_MAX);
  tr->meta = sim_regrow(tr->meta, (size_t)(tr->metas + 1), sizeof *tr->meta);
  StrategyMeta *meta = &tr->meta[tr->metas++];
  *meta = (StrategyMeta){.decisions = tr->learner->decisions, .n = tr->population->n};
  for (int i = 0; i < meta->n; i++) {
    meta->weight[i] = (float)tr->weight[i];
  }
}

// ---- opponents

void strategy_trainer_set_opponents(StrategyTrainer *tr) {
  const StrategyConfig *c = tr->t->config;
  const LeagueSchedule schedule = {.population = tr->population,
                                   .shares = {.self = c->self_share,
                                              .snapshot = c->snapshot_share,
                                              .exploiter = c->exploiter_share,
                                              .rule = c->rule_share,
                                              .eval = c->eval_share,
                                              .external = c->external_share,
                                              .pfsp_exponent = c->pfsp_exponent},
                                   .weight = strategy_trainer_responds(tr) ? tr->weight : NULL,
                                   .seen = tr->progress->seen,
                                   .guest = tr->guest};
  EnvOpponent opponent[ENV_OPPONENTS_MAX];
  const int n = league_schedule_opponents(opponent, &schedule);
  env_match_set_opponents(tr->learner->matches, opponent, n);
}

// ---- mixtures of snapshots

// at most config->mixture_max of the snapshots first..end-1, evenly, the last among them
static LeaguePlayer spread_over(const StrategyTrainer *tr, int first, int end) {
  assert(first >= 0 && first < end);
  const LeaguePopulation *p = tr->population;
  int list[LEAGUE_POPULATION_MAX];
  league_population_list(list, p, LEAGUE_MEMBER_SNAPSHOT);
  const int all = end - first, most = (int)tr->t->config->mixture_max;
  LeaguePlayer player = {.n = all < most ? all : most};
  assert(player.n >= 1 && player.n <= POL_MIXTURE_MAX);
  for (int i = 0; i < player.n; i++) {
    const int at = end - 1 - (int)((int64_t)i * all / player.n);
    player.strategy[i] = &p->member[list[at]]->strategy;
    player.weight[i] = 1.0 / player.n;
  }
  return player;
}

// number of the first of n snapshots that is late
static int first_late(const StrategyTrainer *tr, int n) {
  const int first = (int)((1 - tr->t->config->late_share) * n + 1e-9);
  return first < n ? first : n - 1;
}

LeaguePlayer strategy_late_mixture(const StrategyTrainer *tr) {
  int list[LEAGUE_POPULATION_MAX];
  const int n = league_population_list(list, tr->population, LEAGUE_MEMBER_SNAPSHOT);
  return spread_over(tr, first_late(tr, n), n);
}

LeaguePlayer strategy_early_mixture(const StrategyTrainer *tr) {
  int list[LEAGUE_POPULATION_MAX];
  const int n = league_population_list(list, tr->population, LEAGUE_MEMBER_SNAPSHOT);
  const int first = first_late(tr, n);
  return spread_over(tr, 0, first > 0 ? first : 1);
}
