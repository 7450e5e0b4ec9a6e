// GLPK reports trouble of its own (no memory, a broken basis) by calling a hook that must not
// return; ours jumps back to the caller, after which its environment is freed and made anew.
#include "hcsp/league/linear.h"

#include <assert.h>
#include <glpk.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

enum { ITERATIONS_MAX = 1000, TOLERANCES = 3 };
// of bounds and reduced costs, tried in turn; the game's entries are about 1
static const double TOLERANCE[TOLERANCES] = {1e-11, 1e-9, 1e-7};

typedef struct Problem {
  LeagueProgram program;
  const double *game;
  int n;
  glp_prob *lp;
} Problem;

static void set_row(const Problem *p, int row, const double *game_row, double sign, int own,
                    double *value, int *index) {
  assert(row >= 1 && own < p->n);
  const int columns = p->n + (p->program != LEAGUE_PROGRAM_STRICT);
  for (int j = 0; j < p->n; j++) {
    index[j + 1] = j + 1;
    value[j + 1] = (game_row ? sign * game_row[j] : 1) + (j == own);
  }
  if (columns > p->n) {
    index[columns] = columns;
    value[columns] = game_row ? -1 : 0;
  }
  glp_set_mat_row(p->lp, row, columns, index, value);
}

// game * x <= gap, x sums to 1, smallest gap
static void write_optimal(const Problem *p, double *value, int *index) {
  const int n = p->n;
  glp_add_rows(p->lp, n + 1);
  glp_add_cols(p->lp, n + 1);
  for (int i = 0; i < n; i++) {
    set_row(p, i + 1, p->game + (size_t)i * (size_t)n, 1, -1, value, index);
    glp_set_row_bnds(p->lp, i + 1, GLP_UP, 0, 0);
    glp_set_col_bnds(p->lp, i + 1, GLP_LO, 0, 0);
  }
  set_row(p, n + 1, NULL, 1, -1, value, index);
  glp_set_row_bnds(p->lp, n + 1, GLP_FX, 1, 1);
  glp_set_col_bnds(p->lp, n + 1, GLP_LO, 0, 0);
  glp_set_obj_coef(p->lp, n + 1, 1);
}

// game * x <= 0, x - game * x >= 1, smallest sum of x
static void write_strict(const Problem *p, double *value, int *index) {
  const int n = p->n;
  glp_add_rows(p->lp, 2 * n);
  glp_add_cols(p->lp, n);
  for (int i = 0; i < n; i++) {
    const double *row = p->game + (size_t)i * (size_t)n;
    set_row(p, i + 1, row, 1, -1, value, index);
    glp_set_row_bnds(p->lp, i + 1, GLP_UP, 0, 0);
    set_row(p, n + i + 1, row, -1, i, value, index);
    glp_set_row_bnds(p->lp, n + i + 1, GLP_LO, 1, 0);
    glp_set_col_bnds(p->lp, i + 1, GLP_LO, 0, 0);
    glp_set_obj_coef(p->lp, i + 1, 1);
  }
}

static int iterations(const Problem *p) {
  return ITERATIONS_MAX + ITERATIONS_MAX * p->n / 10;
}

// one attempt from scratch
static bool run_simplex(const Problem *p, double tolerance, int method) {
  glp_smcp control;
  glp_init_smcp(&control);
  control.msg_lev = GLP_MSG_OFF;
  control.meth = method;
  control.tol_bnd = tolerance;
  control.tol_dj = tolerance;
  control.it_lim = iterations(p);
  glp_std_basis(p->lp);
  return glp_simplex(p->lp, &control) == 0 && glp_get_status(p->lp) == GLP_OPT;
}

// games near a tie have large answers, whose rounding no sharp tolerance bears
static bool find_optimum(const Problem *p) {
  for (int i = 0; i < TOLERANCES; i++) {
    // costs are not negative: the first basis is dual feasible
    if (run_simplex(p, TOLERANCE[i], GLP_DUALP) || run_simplex(p, TOLERANCE[i], GLP_PRIMAL)) {
      return true;
    }
  }
  return false;
}

// goes on from the basis that was found
static bool find_exact(const Problem *p) {
  glp_smcp control;
  glp_init_smcp(&control);
  control.it_lim = iterations(p);
  int code = glp_exact(p->lp, &control);
  if (code == GLP_EBADB || code == GLP_ESING) {
    glp_std_basis(p->lp);
    code = glp_exact(p->lp, &control);
  }
  return code == 0 && glp_get_status(p->lp) == GLP_OPT;
}

static bool solve(double *x, Problem *p, double *value, int *index) {
  p->lp = glp_create_prob();
  if (p->program == LEAGUE_PROGRAM_STRICT) {
    write_strict(p, value, index);
  } else {
    write_optimal(p, value, index);
  }
  bool found = find_optimum(p);
  found = p->program == LEAGUE_PROGRAM_EXACT ? find_exact(p) : found;
  for (int i = 0; found && i < p->n; i++) {
    x[i] = glp_get_col_prim(p->lp, i + 1);
  }
  glp_delete_prob(p->lp);
  return found;
}

static void jump_back(void *place) {
  longjmp(*(jmp_buf *)place, 1);
}

// keeps what GLPK says from the terminal; it turns its talk on by itself before it gives up
static int swallow(void *arg, const char *text) {
  (void)arg;
  (void)text;
  return 1;
}

SimStatus league_linear_solve(double *x, LeagueProgram program, const double *game, int n,
                              SimError *err) {
  assert(n >= 1);
  Problem problem = {.program = program, .game = game, .n = n};
  jmp_buf place;
  const int talk = glp_term_out(GLP_OFF);
  if (setjmp(place) != 0) {
    // whatever GLPK held is in an unknown state; this frees it and makes the hook its own again
    glp_free_env();
    return sim_error(err, SIM_FAIL, "GLPK failed inside a game of %d members", n);
  }
  glp_error_hook(jump_back, &place);
  glp_term_hook(swallow, NULL);
  // GLPK's own memory, so that a jump loses nothing; its arrays start at 1
  double *value = glp_alloc(n + 2, sizeof *value);
  int *index = glp_alloc(n + 2, sizeof *index);
  const bool found = solve(x, &problem, value, index);
  glp_free(value);
  glp_free(index);
  glp_error_hook(NULL, NULL);
  glp_term_hook(NULL, NULL);
  glp_term_out(talk);
  return found ? SIM_OK
               : sim_error(err, SIM_FAIL, "GLPK found no answer in a game of %d members", n);
}
