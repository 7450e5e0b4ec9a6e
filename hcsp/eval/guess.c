#include "hcsp/eval/guess.h"

#include <assert.h>

#define RARE 0.01  // share of the choices of a side below which one is not told

// ---- counting

static bool chose(const PolDecision *decision, int head) {
  return decision->option[head] != POL_NOT_ASKED && pol_has_choice(decision->legal[head]);
}

// where only pushes are legal the set has gone wrong, and nothing is left to guess
static bool may_attack(const PolOptions *table, const PolDecision *decision) {
  for (int i = 0; i < table->n[POL_HEAD_THIRD]; i++) {
    if ((decision->legal[POL_HEAD_THIRD] >> i & 1u) &&
        table->option[POL_HEAD_THIRD][i].slot == POL_ATTACK) {
      return true;
    }
  }
  return false;
}

static bool free_roles(const PolOptions *table) {
  return table && table->kind == POL_TABLE_VOLLEY;
}

void eval_guess_step(EvalGuess guess[SIM_TEAMS], const PolPlay *play, int match) {
  const PolDrive *drive = pol_play_drive(play, match);
  for (int i = 0; drive->decisions == SIM_TEAMS && i < SIM_TEAMS; i++) {
    const PolDecision *attack = &drive->decision[i], *shape = &drive->decision[1 - i];
    const PolOptions *table = pol_play_options(play, match, attack->team);
    if (free_roles(table) && free_roles(pol_play_options(play, match, shape->team)) &&
        chose(attack, POL_HEAD_THIRD) && chose(shape, POL_HEAD_SHAPE) &&
        may_attack(table, attack)) {
      guess[attack->team].cell[attack->option[POL_HEAD_THIRD]][shape->option[POL_HEAD_SHAPE]].met++;
    }
  }
}

static void put(EvalMeeting *to, const EvalMeeting *from) {
  to->met += from->met;
  to->won += from->won;
  to->drawn += from->drawn;
}

void eval_guess_end(EvalGuess *rally, SimTeam team, SimWinner winner) {
  for (int a = 0; a < POL_OPTIONS_MAX; a++) {
    for (int s = 0; s < POL_OPTIONS_MAX; s++) {
      EvalMeeting *cell = &rally->cell[a][s];
      cell->won = (int)winner == (int)team ? cell->met : 0;
      cell->drawn = winner == SIM_DRAW ? cell->met : 0;
    }
  }
}

void eval_guess_add(EvalGuess *sum, const EvalGuess *from) {
  for (int a = 0; a < POL_OPTIONS_MAX; a++) {
    for (int s = 0; s < POL_OPTIONS_MAX; s++) {
      put(&sum->cell[a][s], &from->cell[a][s]);
    }
  }
}

// ---- reading

static double points(const EvalMeeting *cell) {
  return cell->won + 0.5 * cell->drawn;
}

// Sums of rows, columns and all.
typedef struct Sums {
  EvalMeeting row[POL_OPTIONS_MAX], column[POL_OPTIONS_MAX], all;
} Sums;

static Sums sums_of(const EvalGuess *guess) {
  Sums sums = {0};
  for (int a = 0; a < POL_OPTIONS_MAX; a++) {
    for (int s = 0; s < POL_OPTIONS_MAX; s++) {
      put(&sums.row[a], &guess->cell[a][s]);
      put(&sums.column[s], &guess->cell[a][s]);
      put(&sums.all, &guess->cell[a][s]);
    }
  }
  return sums;
}

static bool is_told(const Sums *sums, const EvalMeeting *line) {
  return line->met > 0 && line->met >= RARE * sums->all.met;
}

static double worth(const EvalMeeting *cell) {
  return (points(cell) + 1) / (cell->met + 2);
}

// what an attack wins against the shapes as they were chosen
static double attack_worth(const EvalGuess *guess, const Sums *sums, int attack) {
  double sum = 0;
  for (int s = 0; s < POL_OPTIONS_MAX; s++) {
    sum += worth(&guess->cell[attack][s]) * sums->column[s].met / sums->all.met;
  }
  return sum;
}

static double shape_worth(const EvalGuess *guess, const Sums *sums, int shape) {
  double sum = 0;
  for (int a = 0; a < POL_OPTIONS_MAX; a++) {
    sum += worth(&guess->cell[a][shape]) * sums->row[a].met / sums->all.met;
  }
  return sum;
}

bool eval_guess_read(EvalGuessReading *reading, const EvalGuess *guess, const PolOptions *table) {
  const Sums sums = sums_of(guess);
  *reading = (EvalGuessReading){.met = sums.all.met, .attacks = -1, .shapes = 2};
  if (sums.all.met == 0) {
    return false;
  }
  reading->value = points(&sums.all) / sums.all.met;
  for (int a = 0; a < table->n[POL_HEAD_THIRD]; a++) {
    const double won = attack_worth(guess, &sums, a);
    if (is_told(&sums, &sums.row[a]) && won > reading->attacks) {
      reading->attacks = won;
      reading->attack = a;
    }
  }
  for (int s = 0; s < table->n[POL_HEAD_SHAPE]; s++) {
    const double won = shape_worth(guess, &sums, s);
    if (is_told(&sums, &sums.column[s]) && won < reading->shapes) {
      reading->shapes = won;
      reading->shape = s;
    }
  }
  return true;
}

// ---- for people and programs

static void print_cell(FILE *out, const EvalMeeting *cell) {
  if (cell->met > 0) {
    fprintf(out, "  %4.2f (%5d)", points(cell) / cell->met, cell->met);
  } else {
    fprintf(out, "     - (    0)");
  }
}

void eval_guess_print(FILE *out, const EvalGuess *guess, const PolOptions *table,
                      const char *team) {
  EvalGuessReading reading;
  const Sums sums = sums_of(guess);
  if (!eval_guess_read(&reading, guess, table)) {
    return;
  }
  const PolOption *attack = table->option[POL_HEAD_THIRD], *shape = table->option[POL_HEAD_SHAPE];
  fprintf(out,
          "\nattacks of %s, chosen as their opponents choose a shape: points won (times)\n%-22s",
          team, "");
  for (int s = 0; s < table->n[POL_HEAD_SHAPE]; s++) {
    fprintf(out, " %13s", shape[s].name);
  }
  fprintf(out, " %13s", "all");
  for (int a = 0; a < table->n[POL_HEAD_THIRD]; a++) {
    if (is_told(&sums, &sums.row[a])) {
      fprintf(out, "\n%-22s", attack[a].name);
      for (int s = 0; s < table->n[POL_HEAD_SHAPE]; s++) {
        print_cell(out, &guess->cell[a][s]);
      }
      print_cell(out, &sums.row[a]);
    }
  }
  fprintf(out, "\n%-22s", "all");
  for (int s = 0; s < table->n[POL_HEAD_SHAPE]; s++) {
    print_cell(out, &sums.column[s]);
  }
  print_cell(out, &sums.all);
  fprintf(out, "\nread: always '%s' would win %.2f, '%s' would leave %.2f; as played %.2f\n",
          attack[reading.attack].name, reading.attacks, shape[reading.shape].name, reading.shapes,
          reading.value);
}

json_t *eval_guess_json(const EvalGuess *guess, const PolOptions *table) {
  EvalGuessReading reading;
  if (!eval_guess_read(&reading, guess, table)) {
    return json_null();
  }
  const PolOption *attack = table->option[POL_HEAD_THIRD], *shape = table->option[POL_HEAD_SHAPE];
  json_t *cells = json_array();
  for (int a = 0; a < table->n[POL_HEAD_THIRD]; a++) {
    for (int s = 0; s < table->n[POL_HEAD_SHAPE]; s++) {
      const EvalMeeting *cell = &guess->cell[a][s];
      if (cell->met > 0) {
        json_array_append_new(cells, json_pack("{s:s,s:s,s:i,s:i,s:i}", "attack", attack[a].name,
                                               "shape", shape[s].name, "met", cell->met, "won",
                                               cell->won, "drawn", cell->drawn));
      }
    }
  }
  return json_pack("{s:I,s:f,s:s,s:f,s:s,s:f,s:o}", "met", (json_int_t)reading.met, "value",
                   reading.value, "attack", attack[reading.attack].name, "attack_value",
                   reading.attacks, "shape", shape[reading.shape].name, "shape_value",
                   reading.shapes, "cells", cells);
}
