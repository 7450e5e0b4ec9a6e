#include "hcsp/league/measure.h"

#include <assert.h>
#include <stdlib.h>

// books what the newest has scored, keeps in list the pairs that need more; returns how many
static int book(LeaguePopulation *p, int newest, int *list, const LeaguePairing *pairing, int n,
                const LeagueMeasure *m) {
  int left = 0;
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < LEAGUE_CELLS; k++) {
      league_payoff_add(p->payoff, newest, list[i], k, &pairing[i].cell[k]);
    }
    const LeagueScore total = league_payoff_total(p->payoff, newest, list[i]);
    double low, high;
    league_score_win_rate(&low, &high, &total);
    if (high - low > m->width && league_score_points(&total) < m->points_max) {
      list[left++] = list[i];
    }
  }
  return left;
}

SimStatus league_population_measure(LeaguePopulation *p, LeagueMemberKind kind,
                                    const LeagueMeasure *m, SimError *err) {
  assert(p->n <= LEAGUE_POPULATION_MAX && p->n == p->payoff->n);
  int list[LEAGUE_POPULATION_MAX], n = league_population_list(list, p, kind) - 1;
  assert(n >= 0);
  const int newest = list[n];
  LeaguePairing *pairing = sim_new((size_t)n + 1, sizeof *pairing);
  SimStatus status = SIM_OK;
  for (int round = 0; status == SIM_OK && n > 0; round++) {
    for (int i = 0; i < n; i++) {
      pairing[i] = (LeaguePairing){.first = league_player(&p->member[newest]->strategy),
                                   .second = league_player(&p->member[list[i]]->strategy),
                                   .points = m->points};
    }
    LeagueTournament tournament = m->tournament;
    tournament.seed += (uint64_t)round;
    status = league_tournament_play(pairing, n, &tournament, err);
    n = status == SIM_OK ? book(p, newest, list, pairing, n, m) : n;
  }
  free(pairing);
  return status;
}

SimStatus league_population_solve(double weight[LEAGUE_POPULATION_MAX], const LeaguePopulation *p,
                                  LeagueMemberKind kind, LeagueSolver solver, SimError *err) {
  assert(p->n <= LEAGUE_POPULATION_MAX && p->n == p->payoff->n);
  int list[LEAGUE_POPULATION_MAX];
  const int n = league_population_list(list, p, kind);
  double solved[LEAGUE_POPULATION_MAX];
  LeaguePayoff *part = league_payoff_create();
  SimStatus status = part ? SIM_OK : SIM_FAIL;
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = league_payoff_grow(part, p->member[list[i]]->name, err);
    for (int j = 0; status == SIM_OK && j < i; j++) {
      for (int k = 0; k < LEAGUE_CELLS; k++) {
        league_payoff_add(part, i, j, k, league_payoff_cell(p->payoff, list[i], list[j], k));
      }
    }
  }
  status = status ? status : league_solver_weights(solved, solver, part, err);
  for (int i = 0; status == SIM_OK && i < n; i++) {
    weight[list[i]] = solved[i];
  }
  league_payoff_destroy(part);
  return status;
}

SimStatus league_population_update(double weight[LEAGUE_POPULATION_MAX], LeaguePopulation *p,
                                   LeagueMemberKind kind, LeagueSolver solver,
                                   const LeagueMeasure *measure, SimError *err) {
  if (league_solver_reads_payoffs(solver)) {
    SIM_TRY(league_population_measure(p, kind, measure, err));
  }
  return league_population_solve(weight, p, kind, solver, err);
}
