// Zero-sum games given by a matrix, not necessarily symmetric: what the row player wins at best,
// and the mixtures that secure it.
#ifndef HCSP_EVAL_MATRIX_GAME_H_
#define HCSP_EVAL_MATRIX_GAME_H_

#include "sim/base/status.h"

enum { EVAL_MATRIX_MAX = 64 };

// payoff[rows * columns] by rows, what the row player wins. Fills *value, row_mix[rows] and
// column_mix[columns]. SIM_BAD_INPUT when a size is not 1..EVAL_MATRIX_MAX or an entry is not
// finite, SIM_FAIL when no answer was found.
SimStatus eval_matrix_solve(double *value, double *row_mix, double *column_mix,
                            const double *payoff, int rows, int columns, SimError *err);

#endif  // HCSP_EVAL_MATRIX_GAME_H_
