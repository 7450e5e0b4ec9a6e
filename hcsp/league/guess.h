// The choice that neither side sees of the other: after the second touch attackers choose where the
// ball goes while their opponents choose where they wait. In each situation that is a small matrix
// game. What its cells are worth is estimated from play, by a critic that sees both choices; the
// mixtures of its logit equilibrium (McKelvey and Palfrey, Quantal response equilibria for normal
// form games, 1995) are what a learner's two choices are drawn towards, as a magnet (Sokota et al.,
// A unified approach to reinforcement learning, quantal response equilibria, and two-player
// zero-sum games, 2023).
//
// Rows are those of EnvRecorder: match * SIM_TEAMS + side. Only points in which both sides learn
// teach it, since decisions of others are not told.
#ifndef HCSP_LEAGUE_GUESS_H_
#define HCSP_LEAGUE_GUESS_H_

#include "hcsp/learn/ppo.h"
#include "hcsp/run/archive.h"
#include "policies/options.h"

typedef struct LeagueGuess LeagueGuess;

typedef struct LeagueGuessOptions {
  const PolOptions *table;  // with free roles
  int rows, inputs;         // of the learner: rows, and columns of what they observe
  double temperature;       // of the equilibrium, points
  double horizon;           // s, over which a point pays less for a choice before it
  double learning_rate;
  int pairs_min;  // that are known before anybody leans
  uint64_t seed;
} LeagueGuessOptions;

// How much more probable a choice of `row` is at equilibrium than under the policy that took it, in
// nats, held to +- LEAGUE_GUESS_LIMIT.
typedef struct LeagueLean {
  int row;
  double nats;
} LeagueLean;
#define LEAGUE_GUESS_LIMIT 2.0

// NULL and err where its device fails.
LeagueGuess *league_guess_create(const LeagueGuessOptions *options, SimError *err);
void league_guess_destroy(LeagueGuess *guess);  // NULL is fine

// A decision as EnvRecorder tells it. Where it and the opponents' of the same moment are such a
// pair of choices, and enough pairs are known, both leans are filled in: true.
bool league_guess_act(LeagueGuess *guess, LeagueLean lean[2], int row, double seconds,
                      const float *obs, const uint8_t *option, const uint32_t *legal,
                      float log_prob);
void league_guess_reward(LeagueGuess *guess, int row, double seconds, double reward);
void league_guess_end(LeagueGuess *guess, int row);
// Learns from the pairs whose rally is over. *explained: share of the variance of the newest ones'
// worth that was foreseen; NaN while there are none.
SimStatus league_guess_learn(double *explained, LeagueGuess *guess, SimError *err);

// The logit equilibrium of game[rows][columns], what rows win, over the legal ones, by magnetic
// mirror descent in turns; fills row[rows] and column[columns].
void league_guess_solve(double *row, double *column, const double *game, int rows, int columns,
                        uint32_t legal_rows, uint32_t legal_columns, double temperature);

void league_guess_serialize(RunArchive *archive, LeagueGuess *guess);

#endif  // HCSP_LEAGUE_GUESS_H_
