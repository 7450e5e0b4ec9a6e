// What the files behind sim/record/h5.h share.
#ifndef SIM_RECORD_H5_INTERNAL_H_
#define SIM_RECORD_H5_INTERNAL_H_

#include <hdf5.h>

#include "sim/record/h5.h"

// Tables of schema 2: steps, decisions, events, touches, states, rallies.
enum { SIM_H5_TABLES = 6 };
int sim_h5_table(SimRows rows);        // SIM_ROWS_KINDS: rallies
SimRows sim_h5_table_rows(int table);  // the other way; steps are SIM_ROWS_STATE

struct SimH5 {
  hid_t file;
  char *name;  // for messages
  int rallies;
  SimLogInfo info;
  // schema 2: the columns, which stay open, and where each rally's rows are in each table
  hid_t set[SIM_COLUMNS];
  SimRallyInfo *rally;
  int64_t *first[SIM_H5_TABLES];  // [rallies + 1]
  int state_size;
};

// Once per process: no plugin is ever loaded and the library does not print.
void sim_h5_start(void);
hid_t sim_h5_memory_type(SimNumber number);  // a constant of the library, not to be closed
// A variable-length UTF-8 string; the caller closes it.
hid_t sim_h5_text_type(void);
// "near_passer": the attribute of decisions/option that names a head's options.
void sim_h5_option_attribute(char out[64], int team, int head);

// Where reading is, for messages.
typedef struct SimH5Place {
  const SimH5 *file;
  int rally;  // of the file; -1: none in particular
  SimError *err;
} SimH5Place;

// SIM_BAD_INPUT: "FILE: rally 7: what: ...", "FILE: episode_N/what: ..." in schema 1.
SimStatus sim_h5_bad(const SimH5Place *place, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool sim_h5_type_fits(hid_t type, H5T_class_t class, size_t size, bool is_signed);

// Attributes of loc. Numbers: count values of the memory type, which is also the stored one; count
// 0 is a single one.
SimStatus sim_h5_numbers(const SimH5Place *place, hid_t loc, const char *name, hid_t memory,
                         void *value, int count);
// One text (length 0) or a list of at most `length` into rows of `size` bytes; *n is how many.
SimStatus sim_h5_texts(const SimH5Place *place, hid_t loc, const char *name, char *out, size_t size,
                       int length, int *n);
SimStatus sim_h5_text(const SimH5Place *place, hid_t loc, const char *name,
                      char out[SIM_LOG_TEXT_MAX]);
// The index in *value of one of n words; NULL words match nothing.
SimStatus sim_h5_word(const SimH5Place *place, hid_t loc, const char *name, const char *const *word,
                      int n, int *value);

// Opens a group of loc, which must be a hard link; -1 after sim_h5_bad. shown is for messages.
hid_t sim_h5_group(const SimH5Place *place, hid_t loc, const char *name, const char *shown);

// What a dataset has to be.
typedef struct SimH5Wanted {
  SimNumber number;
  int rank;           // of a row
  hsize_t length[2];  // of the row's axes; 0: any up to SIM_H5_STATE_MAX
  bool free;          // fewer rows will do
  hsize_t rows;       // wanted, or the most
} SimH5Wanted;
enum { SIM_H5_STATE_MAX = 4096 };
SimH5Wanted sim_h5_wanted(SimColumn column);  // without the rows

// Opens and checks a dataset: a hard link, type, axes, and all data in this file; -1 after
// sim_h5_bad, which calls it `shown`. *rows and *width are the lengths of the first two axes.
hid_t sim_h5_set(const SimH5Place *place, hid_t loc, const char *name, const char *shown,
                 const SimH5Wanted *wanted, hsize_t *rows, hsize_t *width);
// Reads rows from .. from + n - 1 of an open dataset into data.
SimStatus sim_h5_rows(const SimH5Place *place, hid_t set, const char *shown, SimNumber number,
                      int64_t from, int64_t n, void *data);

// Rows of another length need other arrays.
// Columns that logs of schema 2 had not from the start; what a rally holds where they are missing.
bool sim_h5_newer(SimColumn column);
void sim_h5_forget(SimRally *rally, SimColumn column);
void sim_h5_set_state_size(SimRally *rally, int size);

// The numbers of one rally, read from either schema.
SimStatus sim_h5_check_info(const SimH5Place *place, const SimRallyInfo *info, int64_t steps,
                            int64_t hits);
SimStatus sim_h5_check_events(const SimH5Place *place, const char *what, char (*kind)[32], int n);

// Schema 1: names at the first rally, attributes and columns of one; the rest is derived.
SimStatus sim_h5_open1(SimH5 *file, SimError *err);
SimStatus sim_h5_info1(const SimH5Place *place, SimRallyInfo *info);
SimStatus sim_h5_read1(const SimH5Place *place, SimRally *rally);

// --- writing

enum { SIM_H5_ROW_MAX = 256 };  // bytes of a row of any column of steps

struct SimH5Writer {
  hid_t file;
  char *path;
  SimLogInfo info;
  bool compressed;
  hid_t text, scalar;
  hid_t table[SIM_H5_TABLES], key[SIM_H5_TABLES], set[SIM_COLUMNS], about[SIM_RALLIES_COLUMN_COUNT],
      obs;
  int64_t rows[SIM_H5_TABLES];  // written so far
  SimRallyInfo *rally;
  int64_t *first_step;
  int rallies, capacity;
  int state_size;
};

// Of an export (compressed) or a shard: no file yet. NULL when memory ends.
SimH5Writer *sim_h5_writer_new(const char *path, const SimLogInfo *info, bool compressed,
                               SimError *err);
void sim_h5_writer_free(SimH5Writer *writer);
// Makes the file and its attributes. list: a file access list, which this closes.
bool sim_h5_writer_open(SimH5Writer *writer, const char *name, hid_t list);
// The tables with their columns for that many rows; an export grows and has none at first.
bool sim_h5_writer_tables(SimH5Writer *writer, const hsize_t rows[SIM_H5_TABLES]);
bool sim_h5_writer_rallies(SimH5Writer *writer, hsize_t rows);  // the columns of the table rallies
// Everything but the file itself.
bool sim_h5_writer_close_objects(SimH5Writer *writer);

// The row behind a rally's last step.
void sim_h5_pad(void *out, SimColumn column, size_t size);
// Counts a rally whose rows of each table are written. False when memory ends.
bool sim_h5_writer_note(SimH5Writer *writer, const SimRallyInfo *rally,
                        const int64_t rows[SIM_H5_TABLES]);
// A column of the rallies noted so far, as it lies in the file.
void sim_h5_fill_rallies(void *out, const SimH5Writer *writer, SimRalliesColumn column);

#endif  // SIM_RECORD_H5_INTERNAL_H_
