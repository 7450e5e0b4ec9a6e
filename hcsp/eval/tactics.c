// A strike stays open until the ball comes back to its team; who holds an open one when the point
// is won has killed. The same reading as that of learning (hcsp/env/match_env.c).
#include "hcsp/eval/tactics.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "hcsp/env/events.h"

// ---- places

// false for a ball that does not come over the net
static bool find_cell(int *row, int *column, double x, double y) {
  if (x < 0) {
    return false;
  }
  const double across = floor(y + SIM_COURT_HALF_Y) + 1;
  *row = x < SIM_COURT_HALF_X ? (int)x : EVAL_COURT_ROWS - 1;
  *column = (int)fmin(fmax(across, 0), EVAL_COURT_COLUMNS - 1);
  assert(*row >= 0 && *row < EVAL_COURT_ROWS);
  return true;
}

static SimTeam other(SimTeam team) {
  return team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
}

// ---- touches

static void note_strike(EvalRallyTactics *rally, const SimState *state, int drone, uint8_t slot,
                        const PolOptions *options, const PolMemory *memory) {
  const SimTeam team = sim_team(drone);
  EvalStrike *strike = &rally->strike[team];
  double landing[2];
  *strike = (EvalStrike){.open = false};
  if (slot >= POL_SLOTS ||
      !pol_option_followed(&strike->head, &strike->option, options, memory, (PolSlot)slot, drone)) {
    return;
  }
  strike->open = true;
  rally->book.use[team].head[strike->head][strike->option].touches++;
  if (slot == POL_ATTACK) {
    pol_landing(landing, state, other(team));
    strike->placed = find_cell(&strike->row, &strike->column, landing[0], landing[1]);
    if (strike->placed) {
      rally->book.attack[team].spot[strike->row][strike->column].balls++;
    }
  }
}

static int touches_of(const SimState *state, SimTeam team) {
  int n = 0;
  for (int role = 0; role < SIM_ROLES; role++) {
    n += state->referee.flags.already_hit[sim_drone(team, (SimRole)role)];
  }
  return n;
}

// who took the touch, counted by the flags that it has raised
static void note_touch(EvalRallyTactics *rally, const SimState *state, int drone) {
  const SimTeam team = sim_team(drone);
  const int n = touches_of(state, team);
  assert(n <= SIM_ROLES);
  if (state->referee.hits > 1 && n > 0) {
    rally->book.use[team].touch[n - 1][sim_role(drone)]++;
  }
}

static void note_dig(EvalRallyTactics *rally, const SimState *state, int drone, uint8_t slot,
                     const PolOptions *options) {
  const SimTeam team = sim_team(drone);
  const bool free_roles = options && options->kind == POL_TABLE_VOLLEY;
  EvalStrike *dig = &rally->dig[team];
  double ball[3];
  if (dig->open && (free_roles || sim_role(drone) == SIM_SETTER)) {
    rally->book.dig[team].spot[dig->row][dig->column].good++;
  }
  dig->open = false;
  const bool first = !free_roles || touches_of(state, team) == 1;
  if (first && (slot == POL_PASS || slot == POL_RECEIVE)) {
    sim_mirror_vec(ball, state->view.ball_pos, team);
    dig->open = find_cell(&dig->row, &dig->column, ball[0], ball[1]);
    if (dig->open) {
      rally->book.dig[team].spot[dig->row][dig->column].balls++;
    }
  }
}

static void note_events(EvalRallyTactics *rally, const PolPlay *play, int match) {
  const SimState *state = pol_play_state(play, match);
  const PolDrive *drive = pol_play_drive(play, match);
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    const int drone = event->drone;
    if (event->kind == SIM_EVENT_CROSS) {
      // the ball is back; what was dug is gone
      const SimTeam to = state->referee.ball_side;
      rally->strike[to].open = rally->dig[other(to)].open = false;
    } else if (event->kind == SIM_EVENT_TOUCH &&
               !env_happened(&state->events, SIM_EVENT_DOUBLE_TOUCH, drone)) {
      const PolOptions *options = pol_play_options(play, match, sim_team(drone));
      note_touch(rally, state, drone);
      note_dig(rally, state, drone, drive->slot[drone], options);
      note_strike(rally, state, drone, drive->slot[drone], options,
                  pol_play_held(play, match, sim_team(drone)));
    }
  }
}

void eval_tactics_step(EvalRallyTactics *rally, const PolPlay *play, int match) {
  const PolDrive *drive = pol_play_drive(play, match);
  for (int i = 0; i < drive->decisions; i++) {
    const PolDecision *decision = &drive->decision[i];
    for (int head = 0; head < POL_HEADS_MAX; head++) {
      const uint32_t legal = decision->legal[head];
      if (decision->option[head] != POL_NOT_ASKED && pol_has_choice(legal)) {
        assert(decision->option[head] < POL_OPTIONS_MAX);
        rally->book.use[decision->team].head[head][decision->option[head]].chosen++;
      }
    }
  }
  eval_guess_step(rally->book.guess, play, match);
  note_events(rally, play, match);
}

// ---- sums

static void add_maps(EvalCourtMap *to, const EvalCourtMap *from) {
  for (int r = 0; r < EVAL_COURT_ROWS; r++) {
    for (int c = 0; c < EVAL_COURT_COLUMNS; c++) {
      to->spot[r][c].balls += from->spot[r][c].balls;
      to->spot[r][c].good += from->spot[r][c].good;
    }
  }
}

static void add_team(EvalTactics *to, SimTeam team, const EvalTactics *from, SimTeam source) {
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    for (int i = 0; i < POL_OPTIONS_MAX; i++) {
      const EvalUse *use = &from->use[source].head[head][i];
      EvalUse *sum = &to->use[team].head[head][i];
      sum->chosen += use->chosen;
      sum->touches += use->touches;
      sum->kills += use->kills;
    }
  }
  for (int k = 0; k < SIM_ROLES * SIM_ROLES; k++) {
    to->use[team].touch[k / SIM_ROLES][k % SIM_ROLES] +=
        from->use[source].touch[k / SIM_ROLES][k % SIM_ROLES];
  }
  add_maps(&to->attack[team], &from->attack[source]);
  add_maps(&to->dig[team], &from->dig[source]);
  eval_guess_add(&to->guess[team], &from->guess[source]);
}

void eval_tactics_add(EvalTactics *sum, const EvalRallyTactics *rally, SimWinner winner) {
  EvalTactics book = rally->book;
  for (int team = 0; team < SIM_TEAMS; team++) {
    const EvalStrike *strike = &rally->strike[team];
    if ((int)winner == team && strike->open) {
      assert(strike->head < POL_HEADS_MAX && strike->option < POL_OPTIONS_MAX);
      assert(strike->row < EVAL_COURT_ROWS && strike->column < EVAL_COURT_COLUMNS);
      book.use[team].head[strike->head][strike->option].kills++;
      book.attack[team].spot[strike->row][strike->column].good += strike->placed;
    }
    eval_guess_end(&book.guess[team], (SimTeam)team, winner);
    add_team(sum, (SimTeam)team, &book, (SimTeam)team);
  }
}

void eval_tactics_merge(EvalTactics *tactics) {
  add_team(tactics, SIM_NEAR, tactics, SIM_FAR);
}

EvalUse eval_uses_total(const EvalUses *uses, const PolOptions *options, int head, bool strikes) {
  EvalUse sum = {0};
  for (int i = 0; i < options->n[head]; i++) {
    const PolSlot slot = options->option[head][i].slot;
    const EvalUse *use = &uses->head[head][i];
    if (strikes ? pol_slot_strikes(slot) : slot == POL_GOTO) {
      sum.chosen += use->chosen;
      sum.touches += use->touches;
      sum.kills += use->kills;
    }
  }
  return sum;
}

double eval_use_kill_share(const EvalUse *use) {
  return use->touches > 0 ? (double)use->kills / (double)use->touches : (double)NAN;
}
