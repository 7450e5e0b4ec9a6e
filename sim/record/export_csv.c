// CSV. Columns of steps.csv are made from the table of columns, so that a new quantity appears by
// itself. Printing uses the C locale whatever the program has set.
#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/record/export.h"

typedef struct Table {
  FILE *file;
  char path[SIM_PATH_MAX], temp[SIM_PATH_MAX];
} Table;

static SimStatus open_table(Table *table, const char *folder, const char *name, SimError *err) {
  table->file = NULL;
  if (sim_path_join(table->path, folder, name, err) != SIM_OK) {
    return err->status;
  }
  if (snprintf(table->temp, sizeof table->temp, "%s.tmp", table->path) >= (int)sizeof table->temp) {
    return sim_error(err, SIM_USAGE, "%.80s...: the path is too long", table->path);
  }
  table->file = fopen(table->temp, "we");
  return table->file != NULL ? SIM_OK
                             : sim_error_errno(err, "%s: cannot create the file", table->temp);
}

// Gives the table its name, or removes it when so_far is not SIM_OK or the disk is full.
static SimStatus close_table(Table *table, SimStatus so_far, SimError *err) {
  if (table->file == NULL) {
    return so_far;
  }
  bool failed = ferror(table->file) != 0;
  errno = 0;
  failed = fclose(table->file) != 0 || failed;
  if (so_far == SIM_OK && failed) {
    so_far = sim_error_errno(err, "%s: cannot write the file", table->temp);
  }
  if (so_far != SIM_OK) {
    unlink(table->temp);
    return so_far;
  }
  return sim_file_commit(table->temp, table->path, err);
}

static SimStatus check_table(const Table *table, SimError *err) {
  // the error of the write itself, before later calls overwrite errno
  return ferror(table->file) != 0 ? sim_error_errno(err, "%s: cannot write the file", table->temp)
                                  : SIM_OK;
}

// --- steps.csv

static bool in_steps(SimColumn column) {
  SimRows rows = sim_column(column)->rows;
  return column != SIM_COLUMN_time && (rows == SIM_ROWS_STATE || rows == SIM_ROWS_STEP);
}

// "near_passer_pos_x [m]", "ball_vel_z [m/s]", "rewards_far".
static void step_heading(FILE *file, SimColumn column, int i, int j) {
  const SimColumnInfo *info = sim_column(column);
  const char *drone = sim_drone_name(i);
  fputc(',', file);
  if (info->length[0] == SIM_DRONES) {
    const char *name = strncmp(info->name, "drone_", 6) == 0 ? info->name + 6 : info->name;
    fprintf(file, "%s_%s", drone, name);
  } else {
    fputs(info->name, file);
  }
  if (info->rank == 2) {
    fprintf(file, "_%s", info->of[j]);
  } else if (info->rank == 1 && info->length[0] != SIM_DRONES) {
    fprintf(file, "_%s", info->of[i]);
  }
  if (strcmp(info->units, "1") != 0) {
    fprintf(file, " [%s]", info->units);
  }
}

static int axis(const SimColumnInfo *info, int i) {
  return info->length[i] > 0 ? info->length[i] : 1;
}

static void step_headings(FILE *file) {
  fputs("rally,step,time [s]", file);
  for (int c = 0; c < SIM_COLUMNS; c++) {
    const SimColumnInfo *info = sim_column((SimColumn)c);
    for (int i = 0; in_steps((SimColumn)c) && i < axis(info, 0); i++) {
      for (int j = 0; j < axis(info, 1); j++) {
        step_heading(file, (SimColumn)c, i, j);
      }
    }
  }
  fputc('\n', file);
}

static void step_cell(FILE *file, const SimLogInfo *info, const SimRally *rally, SimColumn column,
                      int row, int i) {
  fputc(',', file);
  if (row >= rally->n[sim_column(column)->rows]) {
    return;  // the last state has no action
  }
  size_t size = sim_number_size(sim_column(column)->number);
  const char *at = (const char *)sim_column_data(rally, column) +
                   (size_t)row * sim_column_row_size(column, rally) + (size_t)i * size;
  if (sim_column(column)->number == SIM_F32) {
    float value;
    memcpy(&value, at, sizeof value);
    if (!isnan(value)) {
      fprintf(file, "%.9g", (double)value);
    }
    return;
  }
  unsigned value = *(const uint8_t *)at;
  if (column != SIM_COLUMN_skill) {
    fprintf(file, "%u", value);
  } else {
    fputs(value == SIM_SKILL_FLAT ? "flat" : info->skill[value], file);
  }
}

// time is exact in the file's float32 and would be printed as 0.00999999978
static void step_rows(FILE *file, const SimLogInfo *info, const SimRally *rally) {
  for (int row = 0; row <= rally->info.steps; row++) {
    fprintf(file, "%lld,%d,%.9g", (long long)rally->info.rally, row, row * info->dt);
    for (int c = 0; c < SIM_COLUMNS; c++) {
      int n = axis(sim_column((SimColumn)c), 0) * axis(sim_column((SimColumn)c), 1);
      for (int i = 0; in_steps((SimColumn)c) && i < n; i++) {
        step_cell(file, info, rally, (SimColumn)c, row, i);
      }
    }
    fputc('\n', file);
  }
}

// --- decisions.csv, events.csv, touches.csv and rallies.csv

// The name of an option, or its number where the log does not name it.
static void option_cell(FILE *file, const SimLogInfo *info, int team, int head, uint8_t option) {
  if (option == UINT8_MAX) {
    fputc(',', file);
  } else if (option < info->options_of[team][head]) {
    fprintf(file, ",%s", info->option[team][head][option]);
  } else {
    fprintf(file, ",%u", option);
  }
}

static void number_cell(FILE *file, float value) {
  fputc(',', file);
  if (!isnan(value)) {
    fprintf(file, "%.9g", (double)value);
  }
}

static void decision_rows(FILE *file, const SimLogInfo *info, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_DECISION]; i++) {
    const int step = rally->strategy_step[i], team = rally->strategy_team[i];
    fprintf(file, "%lld,%d,%.9g,%s", (long long)rally->info.rally, step, step * info->dt,
            team == SIM_NEAR ? "near" : "far");
    for (int head = 0; head < SIM_LOG_HEADS; head++) {
      option_cell(file, info, team, head, sim_rally_option(rally, i, head));
      number_cell(file, sim_rally_probability(rally, i, head));
    }
    const int policy = rally->strategy_policy[i];
    fprintf(file, ",%s", policy < info->policies[team] ? info->policy[team][policy] : "");
    fputc('\n', file);
  }
}

static void skill_cell(FILE *file, const SimLogInfo *info, uint8_t skill) {
  if (skill == SIM_SKILL_FLAT || skill < info->skills) {
    fputs(skill == SIM_SKILL_FLAT ? "flat" : info->skill[skill], file);
  } else {
    fprintf(file, "%u", skill);
  }
}

static void touch_rows(FILE *file, const SimLogInfo *info, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_TOUCH]; i++) {
    const int step = rally->touch_step[i], drone = rally->touch_drone[i];
    fprintf(file, "%lld,%d,%.9g,%s,", (long long)rally->info.rally, step, step * info->dt,
            drone >= 0 ? sim_drone_name(drone) : "");
    skill_cell(file, info, rally->touch_skill[i]);
    number_cell(file, rally->touch_speed[i]);
    number_cell(file, rally->touch_landing[i][0]);
    number_cell(file, rally->touch_landing[i][1]);
    fputc('\n', file);
  }
}

static void event_rows(FILE *file, double dt, const SimRally *rally) {
  for (int i = 0; i < rally->n[SIM_ROWS_EVENT]; i++) {
    int step = rally->event_step[i], drone = rally->event_drone[i];
    fprintf(file, "%lld,%d,%.9g,%s,%s,%.9g,%.9g,%.9g\n", (long long)rally->info.rally, step,
            step * dt, sim_event_name((SimEventKind)rally->event_kind[i]),
            drone >= 0 ? sim_drone_name(drone) : "", (double)rally->ball_pos[step][0],
            (double)rally->ball_pos[step][1], (double)rally->ball_pos[step][2]);
  }
}

static void rally_row(FILE *file, double dt, const SimRallyInfo *info) {
  fprintf(file, "%lld,%llu,%s,%s,%s,%d,%.9g,%d", (long long)info->rally,
          (unsigned long long)info->seed, info->server == SIM_NEAR ? "near" : "far",
          sim_winner_name(info->winner), sim_event_name(info->reason), info->steps,
          info->steps * dt, info->hits);
  number_cell(file, info->serve_target[0]);
  number_cell(file, info->serve_target[1]);
  fputc('\n', file);
}

// --- all of them

enum { STEPS, DECISIONS, EVENTS, TOUCHES, RALLIES, TABLES };

static void headings(Table table[TABLES]) {
  step_headings(table[STEPS].file);
  fputs("rally,step,time [s],team", table[DECISIONS].file);
  for (int head = 0; head < SIM_LOG_HEADS; head++) {
    const char *name = sim_log_head(head);
    fprintf(table[DECISIONS].file, ",%s,%s_probability", name, name);
  }
  fputs(",by\n", table[DECISIONS].file);
  fputs("rally,step,time [s],drone,skill,speed [m/s],landing_x [m],landing_y [m]\n",
        table[TOUCHES].file);
  fputs("rally,step,time [s],kind,drone,ball_x [m],ball_y [m],ball_z [m]\n", table[EVENTS].file);
  fputs("rally,seed,server,winner,reason,steps,time [s],hits,serve_target_x [m],"
        "serve_target_y [m]\n",
        table[RALLIES].file);
}

static SimStatus fill_tables(Table table[TABLES], SimLog *log, SimError *err) {
  SimRally rally = {.state_size = 0};
  SimLogInfo *info = malloc(sizeof *info);
  SimStatus status = SIM_OK;
  if (info == NULL) {
    return sim_error(err, SIM_FAIL, "no memory for an export");
  }
  headings(table);
  for (int i = 0; i < sim_log_rallies(log) && status == SIM_OK; i++) {
    status = sim_log_info(info, log, sim_log_shard_of(log, i), err);
    if (status == SIM_OK) {
      status = sim_log_read(&rally, log, i, err);
    }
    if (status == SIM_OK) {
      step_rows(table[STEPS].file, info, &rally);
      decision_rows(table[DECISIONS].file, info, &rally);
      event_rows(table[EVENTS].file, info->dt, &rally);
      touch_rows(table[TOUCHES].file, info, &rally);
      rally_row(table[RALLIES].file, info->dt, &rally.info);
    }
    for (int t = 0; t < TABLES && status == SIM_OK; t++) {
      status = check_table(&table[t], err);
    }
  }
  sim_rally_free(&rally);
  free(info);
  return status;
}

SimStatus sim_export_csv(const char *folder, SimLog *log, SimError *err) {
  static const char *const name[TABLES] = {"steps.csv", "decisions.csv", "events.csv",
                                           "touches.csv", "rallies.csv"};
  SimError own;
  err = err != NULL ? err : &own;
  SimStatus status = sim_file_make_folder(folder, err);
  if (status != SIM_OK) {
    return status;
  }
  Table *table = calloc(TABLES, sizeof *table);
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (table == NULL || c_locale == (locale_t)0) {
    free(table);
    return sim_error(err, SIM_FAIL, "%s: no memory for an export", folder);
  }
  locale_t before = uselocale(c_locale);
  for (int t = 0; t < TABLES && status == SIM_OK; t++) {
    status = open_table(&table[t], folder, name[t], err);
  }
  if (status == SIM_OK) {
    status = fill_tables(table, log, err);
  }
  for (int t = 0; t < TABLES; t++) {
    status = close_table(&table[t], status, err);
  }
  uselocale(before);
  freelocale(c_locale);
  free(table);
  return status;
}
