// The choice that neither side sees of the other [hcsp 5.9], counted over rallies: which attack met
// which shape, and who won the point. Read as a matrix game, that tells how far the mixtures of a
// team can be read, from the team's own play and without training a best response.
#ifndef HCSP_EVAL_GUESS_H_
#define HCSP_EVAL_GUESS_H_

#include <jansson.h>
#include <stdio.h>

#include "policies/play.h"

// What the third touch does and a shape that were chosen in the same moment, each among others, an
// attack among them.
typedef struct EvalMeeting {
  int32_t met, won, drawn;  // points: all, those that the attackers won, those that nobody did
} EvalMeeting;

typedef struct EvalGuess {
  EvalMeeting cell[POL_OPTIONS_MAX][POL_OPTIONS_MAX];  // [attack][shape]
} EvalGuess;

// guess: a rally's so far, by the team that attacks. After every control step of match; tables
// without free roles add nothing.
void eval_guess_step(EvalGuess guess[SIM_TEAMS], const PolPlay *play, int match);
// The rally in which this team's attacks met these shapes ended so.
void eval_guess_end(EvalGuess *rally, SimTeam team, SimWinner winner);
void eval_guess_add(EvalGuess *sum, const EvalGuess *from);

// What the mixtures leave to who reads them, in shares of the points that the attackers win; a draw
// is half a point. Cells are (won + 1) / (met + 2), mixtures are taken as independent of each other
// and of the situation, so this is a lower bound; choices below 1 % are left out.
typedef struct EvalGuessReading {
  int64_t met;
  double value;            // as played
  int attack, shape;       // the best answers to the other side's mixture
  double attacks, shapes;  // what the attackers win by them
} EvalGuessReading;

// false where nothing has met.
bool eval_guess_read(EvalGuessReading *reading, const EvalGuess *guess, const PolOptions *table);
void eval_guess_print(FILE *out, const EvalGuess *guess, const PolOptions *table, const char *team);
json_t *eval_guess_json(const EvalGuess *guess, const PolOptions *table);

#endif  // HCSP_EVAL_GUESS_H_
