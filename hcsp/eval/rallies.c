// The number of matches in flight is fixed, not a function of the thread count, so that logs and
// figures are the same on any machine; it is large enough to keep a few cores busy.
#include "hcsp/eval/rallies.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/episodes.h"

enum { MATCHES = 64 };

// What the statistics of a rally in flight need to remember.
typedef struct Tally {
  EvalRallyTally rally;
  EvalRallyTactics tactics;
} Tally;

typedef struct Run {
  const EvalRalliesOptions *options;
  PolPlay *play;
  Tally tally[MATCHES];
  FleetShare share;  // of the rallies
  EvalRally *result;
  int ended;  // rallies 0..ended-1 have all ended
  // of those that have ended behind one that has not; short ones overtake, so that a figure of
  // whatever has ended so far would be biased
  EvalRallyTactics **held;  // [rallies]
} Run;

static SimStatus start(void *arg, int match, int number, SimError *err) {
  Run *run = arg;
  assert(match >= 0 && match < MATCHES);
  const EvalWatcher *watcher = run->options->watcher;
  const uint32_t rally = (uint32_t)number;
  pol_play_reset(run->play, &match, 1, &rally);
  memset(&run->tally[match], 0, sizeof run->tally[match]);
  return watcher ? watcher->start(watcher->arg, match, run->play, err) : SIM_OK;
}

static SimStatus step(void *arg, const int *ids, int n, SimError *err) {
  return pol_play_step(((Run *)arg)->play, ids, n, err);
}

// adds what the next rallies by number have left, as far as they have all ended
static void add_ended(Run *run) {
  const EvalRalliesOptions *options = run->options;
  for (; run->ended < options->rallies && run->result[run->ended].winner != SIM_PLAYING;
       run->ended++) {
    if (options->tactics) {
      eval_tactics_add(options->tactics, run->held[run->ended], run->result[run->ended].winner);
      free(run->held[run->ended]);
      run->held[run->ended] = NULL;
    }
  }
}

static void end_rally(Run *run, int match, const SimState *state) {
  assert(state->rally < (uint32_t)run->options->rallies);
  assert(run->result[state->rally].winner == SIM_PLAYING);
  const Tally *tally = &run->tally[match];
  if (run->options->tactics) {
    run->held[state->rally] = sim_new(1, sizeof *run->held[0]);
    *run->held[state->rally] = tally->tactics;
  }
  eval_rally_tally_end(&run->result[state->rally], &tally->rally, state);
  add_ended(run);
}

static SimStatus book(bool *over, void *arg, int match, SimError *err) {
  Run *run = arg;
  const EvalWatcher *watcher = run->options->watcher;
  const SimState *state = pol_play_state(run->play, match);
  eval_rally_tally_step(&run->tally[match].rally, state, pol_play_drive(run->play, match)->slot);
  if (run->options->tactics) {
    eval_tactics_step(&run->tally[match].tactics, run->play, match);
  }
  const SimStatus status = watcher ? watcher->step(watcher->arg, match, run->play, err) : SIM_OK;
  *over = state->referee.winner != SIM_PLAYING;
  if (*over && status == SIM_OK) {
    end_rally(run, match, state);
  }
  return status;
}

static SimStatus play_all(Run *run, SimError *err) {
  const EvalRalliesOptions *options = run->options;
  SimProgress progress = {.what = "rallies", .total = options->rallies};
  EnvEpisodes rallies = {.arg = run,
                         .start = start,
                         .step = step,
                         .book = book,
                         .share = &run->share,
                         .progress = options->progress ? &progress : NULL};
  const SimStatus status = env_episodes_run(&rallies, err);
  if (options->progress) {
    sim_progress_end(&progress);
  }
  return status != SIM_INTERRUPTED
             ? status
             : sim_error(err, SIM_INTERRUPTED, "interrupted after %d of %d rallies", run->ended,
                         options->rallies);
}

// What ranks add up besides the rallies.
typedef struct Sums {
  EvalTactics tactics;
  PolNonfinite nonfinite;
} Sums;

// the book is whole numbers of one kind
static void add_tactics(EvalTactics *to, const EvalTactics *from) {
  enum { COUNTS = sizeof *to / sizeof(int64_t) };
  int64_t sum[COUNTS], more[COUNTS];
  memcpy(sum, to, sizeof sum);
  memcpy(more, from, sizeof more);
  for (size_t i = 0; i < COUNTS; i++) {
    sum[i] += more[i];
  }
  memcpy(to, sum, sizeof sum);
}

// this rank's part of the sums: rallies between which others play are still held
static void take_held(Sums *sums, Run *run) {
  for (int i = run->ended; run->held && i < run->options->rallies; i++) {
    if (run->held[i]) {
      eval_tactics_add(&sums->tactics, run->held[i], run->result[i].winner);
      free(run->held[i]);
      run->held[i] = NULL;
    }
  }
  pol_play_take_nonfinite(&sums->nonfinite, run->play);
}

// all ranks have all rallies and sums
static SimStatus bring_together(Run *run, Sums *sums, SimStatus own, SimError *err) {
  const EvalRalliesOptions *options = run->options;
  PolNonfinite nonfinite = {0};
  own = fleet_share_gather(&run->share, run->result, sizeof *run->result, own, err);
  // after a failure all know of it, and nobody gathers
  FleetBytes *all =
      own == SIM_OK ? fleet_new_gather(sums, sizeof *sums, "rallies", &own, err) : NULL;
  for (int r = 0; own == SIM_OK && r < fleet_size(); r++) {
    Sums part;
    memcpy(&part, all[r].data, sizeof part);
    if (options->tactics) {
      add_tactics(options->tactics, &part.tactics);
    }
    pol_nonfinite_merge(options->nonfinite ? options->nonfinite : &nonfinite, &part.nonfinite);
  }
  pol_nonfinite_warn(&nonfinite);
  run->ended = own == SIM_OK ? options->rallies : 0;
  fleet_free_gather(all);
  return own;
}

// the rallies of this rank, then those of all
static SimStatus play_shared(Run *run, SimError *err) {
  EvalRalliesOptions own = *run->options;
  Sums *sums = sim_new(1, sizeof *sums);
  const EvalRalliesOptions *options = run->options;
  own.tactics = options->tactics ? &sums->tactics : NULL;
  run->options = &own;
  fleet_share_open(&run->share, own.rallies, MATCHES, "rallies");
  SimStatus status = play_all(run, err);
  take_held(sums, run);
  run->options = options;
  status = bring_together(run, sums, status, err);
  fleet_share_close(&run->share, status);
  free(sums);
  return status;
}

SimStatus eval_rallies_play(EvalRally *result, int *played, const EvalRalliesOptions *options,
                            SimError *err) {
  assert(options->rallies >= 1 && options->threads >= 1);
  const PolPlayOptions play_options = {.matches =
                                           options->rallies < MATCHES ? options->rallies : MATCHES,
                                       .threads = options->threads,
                                       .seed = options->seed,
                                       .rules = options->rules,
                                       .server = options->server};
  *played = 0;
  for (int i = 0; i < options->rallies; i++) {
    result[i] = (EvalRally){.rally = (uint32_t)i, .winner = SIM_PLAYING};
  }
  Run *run = sim_new(1, sizeof *run);
  run->options = options;
  run->result = result;
  run->held = options->tactics ? sim_new((size_t)options->rallies, sizeof *run->held) : NULL;
  run->play = pol_play_create(&play_options, options->model, options->near, options->far, err);
  const bool shared = options->split && fleet_size() > 1;
  fleet_share_alone(&run->share, options->rallies, MATCHES);
  const SimStatus status = !run->play ? (err ? err->status : SIM_FAIL)
                           : shared   ? play_shared(run, err)
                                      : play_all(run, err);
  *played = run->ended;
  if (run->play && options->nonfinite) {
    pol_play_take_nonfinite(options->nonfinite, run->play);
  }
  for (int i = run->ended; i < options->rallies; i++) {
    result[i] = (EvalRally){.rally = (uint32_t)i, .winner = SIM_PLAYING};
    if (run->held) {
      free(run->held[i]);
    }
  }
  pol_play_destroy(run->play);
  free(run->held);
  free(run);
  return status;
}
