// What the files behind sim/record/h5.h share.
#ifndef SIM_RECORD_H5_INTERNAL_H_
#define SIM_RECORD_H5_INTERNAL_H_

#include <hdf5.h>

#include "sim/record/h5.h"

struct SimH5 {
  hid_t file;
  char *name;  // for messages
  int rallies;
  SimLogInfo info;
};

// Once per process: no plugin is ever loaded and the library does not print.
void sim_h5_start(void);
hid_t sim_h5_memory_type(SimNumber number);  // a constant of the library, not to be closed
// A variable-length UTF-8 string; the caller closes it.
hid_t sim_h5_text_type(void);

// Where reading is, for messages.
typedef struct SimH5Place {
  const SimH5 *file;
  int episode;  // -1: the top of the file
  SimError *err;
} SimH5Place;

// SIM_BAD_INPUT: "FILE: episode_N/what: ...".
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

// Reads all columns of a rally whose info is known and whose n are -1.
SimStatus sim_h5_columns(const SimH5Place *place, hid_t episode, SimRally *rally);

#endif  // SIM_RECORD_H5_INTERNAL_H_
