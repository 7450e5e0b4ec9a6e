// Costs are shares of what is within reach, so that the three touches of an attack can be weighed
// against each other; the shares of what is drawn stand in the table.
#include "policies/volley/bot.h"

#include <math.h>

#include "policies/volley/plan.h"
#include "sim/base/rng.h"

#define SUM_SHARE 0.1  // of the loads besides the largest one

SimStatus pol_volley_bot_check(const PolOptions *options, SimError *err) {
  return options->kind == POL_TABLE_VOLLEY
             ? SIM_OK
             : sim_error(err, SIM_BAD_INPUT,
                         "saw bot_volley with the option table '%s', wanted one of the kind volley",
                         options->name);
}

// ---- costs

// The touch that is hardest decides, the others break ties: 1 is what is just within reach.
static double cost(double own, double second, double third) {
  return fmax(own, fmax(second, third)) + SUM_SHARE * (own + second + third);
}

static double cost_of(const PolCandidate *c, const PolOptions *options, PolTurn turn) {
  const PolReach *reach = &options->reach;
  if (turn == POL_TURN_FIRST) {
    return cost(c->effort / reach->first, c->next_effort[0] / reach->set,
                c->next_effort[1] / reach->travel);
  }
  return cost(c->effort / reach->set, c->next_effort[0] / reach->travel, 0);
}

// A row with a weight comes first, then the others, then saves; a ball over the net, which gives
// the attack away, comes last.
static int rank(const PolCandidate *c) {
  return c->goal.point[0] < 0 ? 3 : c->way->late ? 2 : c->way->weight > 0 ? 0 : 1;
}

static bool is_better(const PolCandidate *c, const PolCandidate *than, const PolOptions *options,
                      PolTurn turn) {
  if (!than || rank(c) != rank(than)) {
    return !than || rank(c) < rank(than);
  }
  return cost_of(c, options, turn) < cost_of(than, options, turn);
}

static int cheapest(const PolOptions *options, const SimState *state, SimTeam team, PolTurn turn,
                    int held) {
  PolCandidate candidate[POL_OPTIONS_MAX];
  const int n = pol_candidates(candidate, options, state, team, turn);
  const PolCandidate *best = NULL;
  for (int i = 0; i < n; i++) {
    if (candidate[i].legal && is_better(&candidate[i], best, options, turn)) {
      best = &candidate[i];
    }
  }
  return best ? best->option : held;
}

// ---- what is drawn

static int draw(const PolOptions *options, int head, uint32_t legal, int always, SimRng *rng) {
  double sum = 0;
  int last = __builtin_ctz(legal);
  if (always >= 0 && (legal >> always & 1u)) {
    return always;
  }
  for (int i = 0; i < options->n[head]; i++) {
    sum += legal >> i & 1u ? options->option[head][i].weight : 0;
  }
  double left = sim_rng_uniform(rng, 0, 1) * sum;
  for (int i = 0; i < options->n[head] && sum > 0; i++) {
    const double weight = legal >> i & 1u ? options->option[head][i].weight : 0;
    if (weight > 0) {
      last = i;
      if (left < weight) {
        return i;
      }
      left -= weight;
    }
  }
  return last;
}

// a formation that the team is flying to is kept until it has had the ball
static bool keeps_shape(const PolMemory *memory, const SimState *state) {
  return state->referee.step > 0 && memory->plan.turn == POL_TURN_DEFEND;
}

void pol_volley_bot_decide(PolMemory *memory, const PolVolleyStyle *style,
                           const PolOptions *options, const SimState *state, SimTeam team) {
  const PolTurn turn = pol_volley_turn(state, team);
  uint32_t legal[POL_HEADS_MAX];
  SimRng rng = sim_rng(state->seed, state->rally, (uint32_t)state->referee.step,
                       (uint32_t)(SIM_RNG_STRATEGY + team));
  pol_volley_legal(legal, options, memory->held, &memory->plan, state, team);
  for (int head = 0; head < POL_VOLLEY_HEADS; head++) {
    uint8_t *held = &memory->held[head];
    if (!pol_volley_asked((PolVolleyHead)head, &memory->plan, state, team) ||
        (head == POL_HEAD_SHAPE && keeps_shape(memory, state))) {
      continue;
    }
    const int always = head == POL_HEAD_SHAPE   ? style->shape
                       : head == POL_HEAD_THIRD ? style->target
                                                : -1;
    const bool drawn = head != POL_HEAD_FIRST && head != POL_HEAD_SECOND;
    *held = (uint8_t)(drawn ? draw(options, head, legal[head], always, &rng)
                            : cheapest(options, state, team, turn, *held));
  }
}
