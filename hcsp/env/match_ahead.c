#include "hcsp/env/match_ahead.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/match_resident.h"
#include "hcsp/fleet/fleet.h"
#include "sim/base/log.h"

enum {
  SPAN = MATCH_AHEAD_SPAN,
  FLIES = SPAN + 1,   // in place of a step: beyond the end of the span
  GUEST = SIM_TEAMS,  // its number
};

struct MatchAhead {
  PolPlay *play;
  EnvMatchResident *there;
  const PolTeam *team, *guest;  // NULL: no guest flies
  int n;
  int done;  // steps of the span that have been asked for; SPAN: none is under way
  int *due;  // [n]: steps of the span after which a match is the processor's, 0: from its start on
  int *since;  // [n]: step of the rally at the start of the span
  int *own;    // [n]: matches that step here
  int *here;   // [n]
  int nhere;
  MatchAheadCount count;
};

const char *match_ahead_why_not(const PolPlayOptions *options, const SimModel *model,
                                const PolTeam *team) {
  const char *why = env_match_resident_why_not(options->device, model);
  why = why ? why : env_match_resident_team_why_not(team);
  return why                         ? why
         : options->decide_every > 0 ? "strategies decide between events, too"
         : options->rules->play_on   ? "rallies go on after faults"
         : fleet_size() > 1          ? "the ranks of a job share the matches"
                                     : NULL;
}

// ---- making and freeing

MatchAhead *match_ahead_create(PolPlay *play, const PolPlayOptions *options, const SimModel *model,
                               const PolTeam *team, SimError *err) {
  assert(!match_ahead_why_not(options, model, team));
  const size_t n = (size_t)options->matches;
  const bool guest = options->guest && !env_match_resident_team_why_not(options->guest);
  MatchAhead *a = sim_new(1, sizeof *a);
  *a = (MatchAhead){.play = play,
                    .team = team,
                    .guest = guest ? options->guest : NULL,
                    .n = options->matches,
                    .done = SPAN,
                    .due = sim_new(n, sizeof *a->due),
                    .since = sim_new(n, sizeof *a->since),
                    .own = sim_new(n, sizeof *a->own),
                    .here = sim_new(n, sizeof *a->here)};
  a->there = env_match_resident_create(options->device, model, options->rules, a->n, a->n, err);
  if (!a->there || match_ahead_refresh(a, err) != SIM_OK) {
    match_ahead_destroy(a);
    return NULL;
  }
  return a;
}

void match_ahead_destroy(MatchAhead *a) {
  if (a) {
    env_match_resident_destroy(a->there);
    free(a->due);
    free(a->since);
    free(a->own);
    free(a->here);
    free(a);
  }
}

SimStatus match_ahead_refresh(MatchAhead *a, SimError *err) {
  assert(a->done == SPAN);
  for (int side = 0; side < SIM_TEAMS; side++) {
    SIM_TRY(env_match_resident_set_team(a->there, side, a->team, err));
  }
  return a->guest ? env_match_resident_set_team(a->there, GUEST, a->guest, err) : SIM_OK;
}

// ---- spans

// steps of the span that a match has flown
static int flown(const MatchAhead *a, int match) {
  return a->due[match] == FLIES ? SPAN : a->due[match];
}

// whether a match that is the processor's can go on there
static bool may_go(const MatchAhead *a, int match) {
  PolLent lent;
  if (!pol_play_lends(a->play, match)) {
    return false;
  }
  pol_play_lend(&lent, a->play, match);
  const bool flies = a->guest || (lent.team[SIM_NEAR] != GUEST && lent.team[SIM_FAR] != GUEST);
  const SimState *state = pol_play_state(a->play, match);
  return flies && env_match_resident_why(a->there, state) == ENV_MATCH_RUNS;
}

static void let_go(MatchAhead *a, EnvMatchRing *ring, int match) {
  EnvMatchParked *slot = &ring->slot[ring->n++];
  env_match_resident_lend(&slot->world, a->play, match);
  slot->match = match;
  slot->why = ENV_MATCH_RUNS;
  a->due[match] = FLIES;
  a->since[match] = slot->world.referee.step;
}

// those that have come and are not in play as they were behind `step` of the span
static SimStatus take_back(MatchAhead *a, int step, SimError *err) {
  EnvMatchRing *ring;
  SIM_TRY(env_match_resident_wait(a->there, &ring, err));
  for (int i = 0; i < ring->n; i++) {
    const EnvMatchParked *slot = &ring->slot[i];
    assert(slot->match >= 0 && slot->match < a->n);
    if (a->due[slot->match] > step) {
      env_match_resident_take_back(a->play, slot->match, &slot->world);
      a->due[slot->match] = slot->world.referee.step - a->since[slot->match];
      assert(flown(a, slot->match) >= 1 && flown(a, slot->match) <= SPAN);
    }
  }
  return SIM_OK;
}

static SimStatus begin(MatchAhead *a, SimError *err) {
  EnvMatchRing *ring = env_match_resident_ring(a->there);
  ring->n = 0;
  for (int match = 0; match < a->n; match++) {
    if (a->due[match] == FLIES) {
      a->since[match] += SPAN;
    } else if (may_go(a, match)) {
      let_go(a, ring, match);
    } else {
      a->due[match] = 0;
    }
  }
  a->done = 0;
  env_match_resident_try(a->there, SPAN);
  return take_back(a, SPAN, err);
}

SimStatus match_ahead_step(MatchAhead *a, SimError *err) {
  int own = 0;
  SIM_TRY(a->done == SPAN ? begin(a, err) : SIM_OK);
  a->done++;
  a->nhere = 0;
  for (int match = 0; match < a->n; match++) {
    if (a->due[match] < a->done) {
      a->own[own++] = match;
    }
    if (a->due[match] <= a->done) {
      a->here[a->nhere++] = match;
    }
  }
  a->count.here += own;
  a->count.there += a->n - own;
  return own > 0 ? pol_play_step(a->play, a->own, own, err) : SIM_OK;
}

const int *match_ahead_here(int *n, const MatchAhead *a) {
  *n = a->nhere;
  return a->here;
}

SimStatus match_ahead_settle(MatchAhead *a, SimError *err) {
  bool away = false;
  for (int match = 0; match < a->n; match++) {
    if (a->due[match] > a->done) {
      away = true;
      a->count.vain += flown(a, match) - a->done;
    }
  }
  if (away && a->done < SPAN) {
    env_match_resident_again(a->there, a->done);
  } else if (away) {
    env_match_resident_ring(a->there)->n = 0;
    env_match_resident_call(a->there);
  }
  SIM_TRY(away ? take_back(a, a->done, err) : SIM_OK);
  memset(a->due, 0, (size_t)a->n * sizeof *a->due);
  a->done = SPAN;
  return SIM_OK;
}

MatchAheadCount match_ahead_count(const MatchAhead *a) {
  return a->count;
}
