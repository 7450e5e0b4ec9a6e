// The tables of the match log as Markdown, from the lists of columns.
#include <string.h>

#include "sim/record/dictionary.h"
#include "sim/record/rally.h"

static void print_shape(FILE *file, const SimColumnInfo *info, bool state) {
  fputs(state ? "n" : "", file);
  for (int axis = 0; axis < info->rank; axis++) {
    fprintf(file, "%s%d", axis > 0 ? ", " : "", info->length[axis]);
  }
  const int last = info->rank > 0 ? info->length[info->rank - 1] : 0;
  if (last > 0 && last < 6) {
    fputs(" (", file);
    for (int i = 0; i < last; i++) {
      fprintf(file, "%s%s", i > 0 ? " " : "", info->of[i]);
    }
    fputc(')', file);
  }
}

static void print_column(FILE *file, const char *table, const SimColumnInfo *info, bool state) {
  fprintf(file, "| `%s/%s` | ", table, info->name);
  print_shape(file, info, state);
  fprintf(file, " | %s | %s | ", sim_number_name(info->number),
          strcmp(info->units, "1") != 0 ? info->units : "");
  fprintf(file, "%s | %s | %s |\n", info->frame, info->range, info->description);
}

void sim_dictionary_print(FILE *file) {
  fputs("| dataset | a row | type | unit | frame | range | meaning |\n", file);
  fputs("|---|---|---|---|---|---|---|\n", file);
  for (int c = 0; c < SIM_RALLIES_COLUMN_COUNT; c++) {
    print_column(file, sim_rows_table(SIM_ROWS_KINDS), sim_rallies_column((SimRalliesColumn)c),
                 false);
  }
  for (int c = 0; c < SIM_COLUMNS; c++) {
    const SimColumnInfo *info = sim_column((SimColumn)c);
    print_column(file, sim_rows_table(info->rows), info, c == SIM_COLUMN_state);
  }
}
