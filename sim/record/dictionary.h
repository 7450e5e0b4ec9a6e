// The data dictionary of sim/record/README.md, made from the lists of columns that writer and
// reader are made from.
#ifndef SIM_RECORD_DICTIONARY_H_
#define SIM_RECORD_DICTIONARY_H_

#include <stdio.h>

void sim_dictionary_print(FILE *file);  // a Markdown table, one line a column

#endif  // SIM_RECORD_DICTIONARY_H_
