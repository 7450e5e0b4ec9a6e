// What every part of a strategy's training asks of it: how it goes about it, whom it may meet,
// which of its snapshots stand for it.
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "hcsp/recipes/strategy/internal.h"

#define DOUBT 20.0  // points, half of them lost, that stand for what is not known of a rival

bool strategy_trainer_responds(const StrategyTrainer *tr) {
  const StrategyAlgorithm algorithm = tr->t->config->algorithm;
  return algorithm == STRATEGY_FSP || algorithm == STRATEGY_DELTA_UNIFORM ||
         algorithm == STRATEGY_NASH;
}

LeagueTournament strategy_trainer_arena(const StrategyTrainer *tr, uint64_t purpose) {
  return (LeagueTournament){.game = tr->t->game,
                            .model = tr->engine.learn,
                            .team = tr->team,
                            .rules = tr->engine.rules,
                            .seed = tr->t->order.seed + purpose,
                            .threads = tr->t->order.threads};
}

LeagueLearnerOptions strategy_trainer_response_options(const StrategyTrainer *tr,
                                                       uint64_t purpose) {
  LeagueLearnerOptions options = tr->learner->options;
  options.config = &tr->response;
  options.seed = tr->t->order.seed + purpose;
  options.start = NULL;
  options.critic = NULL;
  options.guest = NULL;
  return options;
}

const char *const STRATEGY_CURVE_NAMES[STRATEGY_CURVES] = {
    "decisions", "cpu_seconds", "entropy", "kl",        "explained", "hits",
    "draws",     "bot",         "random",  "snapshots", "pool"};

SimStatus strategy_trainer_note_meta(StrategyTrainer *tr, SimError *err) {
  StrategyMeta *grown = realloc(tr->meta, (size_t)(tr->metas + 1) * sizeof *grown);
  if (!grown) {
    return sim_error(err, SIM_FAIL, "no memory for a meta-strategy");
  }
  tr->meta = grown;
  StrategyMeta *meta = &grown[tr->metas++];
  *meta = (StrategyMeta){.decisions = tr->learner->decisions, .n = tr->population->n};
  assert(meta->n <= STRATEGY_MEMBERS_HERE);
  for (int i = 0; i < meta->n; i++) {
    meta->weight[i] = (float)tr->weight[i];
  }
  return SIM_OK;
}

// ---- opponents

// share of the recent points that a member takes from the learner, from one half before any
static double danger(const StrategyTrainer *tr, int member) {
  assert(member >= 0 && member < tr->population->n);
  const LeagueScore *seen = &tr->progress->seen[1 + member];
  return (seen->losses + seen->draws / 2 + DOUBT / 2) / (league_score_points(seen) + DOUBT);
}

// spreads share over the members of a kind, more to those that win more; what nobody takes is
// returned
static double spread(EnvOpponent *rival, const StrategyTrainer *tr, LeagueMemberKind kind,
                     double share, bool watched) {
  int list[STRATEGY_MEMBERS_HERE];
  const int n = league_population_list(list, tr->population, kind);
  double sum = 0;
  for (int i = 0; i < n; i++) {
    rival[1 + list[i]].weight = pow(danger(tr, list[i]), tr->t->config->pfsp_exponent);
    rival[1 + list[i]].watched = watched;
    sum += rival[1 + list[i]].weight;
  }
  assert(n == 0 || sum > 0);
  for (int i = 0; i < n; i++) {
    rival[1 + list[i]].weight *= share / sum;
  }
  return n > 0 ? 0 : share;
}

void strategy_trainer_set_rivals(StrategyTrainer *tr) {
  const StrategyConfig *c = tr->t->config;
  const LeaguePopulation *p = tr->population;
  assert(p->n < STRATEGY_FIRST_GUEST);
  EnvOpponent rival[ENV_OPPONENTS_MAX] = {{.strategy = NULL}};
  double self = c->self_share;
  for (int i = 0; i < p->n; i++) {
    rival[1 + i] = (EnvOpponent){.strategy = &p->member[i]->strategy};
  }
  if (strategy_trainer_responds(tr)) {
    for (int i = 0; i < p->n; i++) {
      rival[1 + i].weight = c->snapshot_share * tr->weight[i];
    }
  } else {
    self += spread(rival, tr, LEAGUE_MEMBER_SNAPSHOT, c->snapshot_share, false);
    self += spread(rival, tr, LEAGUE_MEMBER_EXPLOITER, c->exploiter_share, false);
  }
  rival[0].weight = self;
  if (c->rule_share > 0) {
    rival[0].weight += spread(rival, tr, LEAGUE_MEMBER_RULE, c->rule_share, false);
  } else {
    spread(rival, tr, LEAGUE_MEMBER_RULE, c->eval_share, true);
  }
  // guests keep their numbers while the population grows
  for (int i = 0; tr->guest && i < tr->guest->strategies; i++) {
    rival[STRATEGY_FIRST_GUEST + i] =
        (EnvOpponent){.strategy = &tr->guest->strategy[i],
                      .weight = c->external_share * tr->guest->weight[i],
                      .guest = true};
  }
  env_match_set_opponents(tr->learner->matches, rival, tr->guest ? ENV_OPPONENTS_MAX : 1 + p->n);
}

// ---- mixtures of snapshots

// at most config->mixture_max of the snapshots first..end-1, evenly, the last among them
static LeaguePlayer spread_over(const StrategyTrainer *tr, int first, int end) {
  assert(first >= 0 && first < end);
  const LeaguePopulation *p = tr->population;
  int list[STRATEGY_MEMBERS_HERE];
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
  int list[STRATEGY_MEMBERS_HERE];
  const int n = league_population_list(list, tr->population, LEAGUE_MEMBER_SNAPSHOT);
  return spread_over(tr, first_late(tr, n), n);
}

LeaguePlayer strategy_early_mixture(const StrategyTrainer *tr) {
  int list[STRATEGY_MEMBERS_HERE];
  const int n = league_population_list(list, tr->population, LEAGUE_MEMBER_SNAPSHOT);
  const int first = first_late(tr, n);
  return spread_over(tr, 0, first > 0 ? first : 1);
}
