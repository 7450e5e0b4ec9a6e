// Points are numbered over all pairings; a match takes the next one when its own is over. Two
// passes, one for each server, since who serves is the play's. Ranks share the numbers of a pass:
// what they count are whole numbers, so that sums do not depend on who played what.
#include "hcsp/league/tournament.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/episodes.h"
#include "sim/base/rng.h"

enum { MATCHES = 256 };

// A point in play.
typedef struct Point {
  int pairing;
  SimTeam side;  // of the first player
} Point;

typedef struct Pass {
  const LeagueTournament *tournament;
  LeaguePairing *pairing;
  int pairings;
  const EnvGame *game;
  void *play;             // of the game
  SimProgress *progress;  // over both passes
  SimTeam server;
  FleetShare share;  // points of this pass
  int total;
  int at, first;  // pairing of the next point, and the number of that pairing's first
  Point point[MATCHES];
} Pass;

LeaguePlayer league_player(const PolStrategy *strategy) {
  return (LeaguePlayer){.n = 1, .strategy = {strategy}, .weight = {1}};
}

LeagueScore league_pairing_total(const LeaguePairing *pairing) {
  return env_score_total(pairing->cell);
}

static const PolStrategy *draw(const LeaguePlayer *player, const Pass *pass, uint32_t rally,
                               SimTeam side) {
  assert(player->n >= 1 && player->n <= POL_MIXTURE_MAX);
  SimRng rng = sim_rng(pass->tournament->seed, rally, 0, (uint32_t)(SIM_RNG_MIXTURE + side));
  double sum = 0;
  for (int i = 0; i < player->n; i++) {
    sum += player->weight[i];
  }
  double left = sim_rng_uniform(&rng, 0, 1) * sum;
  int i = 0;
  while (i < player->n - 1 && left >= player->weight[i]) {
    left -= player->weight[i++];
  }
  return player->strategy[i];
}

// both sides of a rally number, then the next
static SimStatus start(void *arg, int match, int next, SimError *err) {
  (void)err;
  Pass *pass = arg;
  assert(match >= 0 && match < MATCHES);
  while (next - pass->first >= pass->pairing[pass->at].points / 2) {
    pass->first += pass->pairing[pass->at++].points / 2;
  }
  assert(pass->at < pass->pairings);
  const LeaguePairing *pairing = &pass->pairing[pass->at];
  const int number = next - pass->first;
  const uint32_t rally = (uint32_t)number / SIM_TEAMS;
  const SimTeam side = (SimTeam)(number % SIM_TEAMS), other = side == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  pass->point[match] = (Point){pass->at, side};
  pass->game->reset(pass->play, match, rally);
  pass->game->seat(pass->play, match, side, draw(&pairing->first, pass, rally, side));
  pass->game->seat(pass->play, match, other, draw(&pairing->second, pass, rally, other));
  return SIM_OK;
}

static SimStatus step(void *arg, const int *ids, int n, SimError *err) {
  const Pass *pass = arg;
  return pass->game->step(pass->play, ids, n, err);
}

static SimStatus book(bool *over, void *arg, int match, SimError *err) {
  (void)err;
  Pass *pass = arg;
  const SimReferee *ref = &pass->game->state(pass->play, match)->referee;
  *over = ref->winner != SIM_PLAYING;
  if (!*over) {
    return SIM_OK;
  }
  const Point *point = &pass->point[match];
  LeaguePairing *pairing = &pass->pairing[point->pairing];
  LeagueScore *score = &pairing->cell[env_cell(point->side, point->side == pass->server)];
  const bool won = (int)ref->winner == (int)point->side;
  score->wins += won;
  score->draws += ref->winner == SIM_DRAW;
  score->losses += !won && ref->winner != SIM_DRAW;
  pairing->steps += ref->step;
  pairing->hits += ref->hits;
  pairing->timeouts += ref->reason == SIM_EVENT_TIMEOUT;
  return SIM_OK;
}

static SimStatus play_pass(Pass *pass, SimError *err) {
  EnvEpisodes points = {.arg = pass,
                        .start = start,
                        .step = step,
                        .book = book,
                        .share = &pass->share,
                        .progress = pass->tournament->progress ? pass->progress : NULL,
                        .before = (int)pass->server * pass->total};
  return env_episodes_run(&points, err);
}

// counts of all ranks, in the order of the pairings
static SimStatus bring_together(LeaguePairing *pairing, int n, SimStatus own, SimError *err) {
  enum { SCORES = 3 * LEAGUE_CELLS, EACH = SCORES + 3 };
  double *sum = sim_new((size_t)n * EACH + 1, sizeof *sum);
  for (int i = 0; i < n; i++) {
    memcpy(sum + (size_t)i * EACH, pairing[i].cell, sizeof pairing[i].cell);
    memcpy(sum + (size_t)i * EACH + SCORES,
           (double[]){pairing[i].steps, pairing[i].hits, pairing[i].timeouts}, 3 * sizeof *sum);
  }
  const SimStatus status = fleet_sum(sum, n * EACH, "points", own, err);
  for (int i = 0; status == SIM_OK && i < n; i++) {
    const double *late = sum + (size_t)i * EACH + SCORES;
    memcpy(pairing[i].cell, sum + (size_t)i * EACH, sizeof pairing[i].cell);
    pairing[i].steps = late[0];
    pairing[i].hits = late[1];
    pairing[i].timeouts = late[2];
  }
  free(sum);
  return status;
}

static SimStatus play_served(Pass *pass, const PolPlayOptions *options, SimError *err) {
  const LeagueTournament *tournament = pass->tournament;
  fleet_share_open(&pass->share, pass->total, MATCHES, "points");
  pass->play = pass->game->open(pass->game->arg, options, tournament->model, tournament->team, err);
  const SimStatus status = pass->play ? play_pass(pass, err) : SIM_FAIL;
  pass->game->close(pass->play);
  fleet_share_close(&pass->share, status);
  return status;
}

SimStatus league_tournament_play(LeaguePairing *pairing, int n, const LeagueTournament *tournament,
                                 SimError *err) {
  int total = 0;
  for (int i = 0; i < n; i++) {
    assert(pairing[i].points > 0 && pairing[i].points % LEAGUE_CELLS == 0);
    for (int k = 0; k < LEAGUE_CELLS; k++) {
      pairing[i].cell[k] = (LeagueScore){0};
    }
    pairing[i].steps = pairing[i].hits = pairing[i].timeouts = 0;
    total += pairing[i].points / SIM_TEAMS;
  }
  SimProgress progress = {.what = "points", .total = SIM_TEAMS * total};
  SimStatus status = SIM_OK;
  Pass *pass = sim_new(1, sizeof *pass);
  for (int server = 0; status == SIM_OK && total > 0 && server < SIM_TEAMS; server++) {
    const PolPlayOptions options = {.matches = total < MATCHES ? total : MATCHES,
                                    .threads = tournament->threads,
                                    .seed = tournament->seed,
                                    .rules = tournament->rules,
                                    .server =
                                        server == SIM_NEAR ? POL_SERVER_NEAR : POL_SERVER_FAR};
    *pass = (Pass){.tournament = tournament,
                   .game = tournament->game ? tournament->game : env_volleyball(),
                   .pairing = pairing,
                   .pairings = n,
                   .progress = &progress,
                   .server = (SimTeam)server,
                   .total = total};
    status = play_served(pass, &options, err);
  }
  if (fleet_size() > 1) {
    status = bring_together(pairing, n, status, err);
  }
  if (tournament->progress) {
    sim_progress_end(&progress);
  }
  free(pass);
  return status;
}
