// Turns logs into what other programs read: CSV tables, one JSON summary, one compressed HDF5 file.
#ifndef SIM_RECORD_EXPORT_H_
#define SIM_RECORD_EXPORT_H_

#include "sim/record/observe.h"
#include "sim/record/reader.h"

// Makes the folder and writes steps.csv (one row per state row), decisions.csv, events.csv,
// touches.csv and rallies.csv. The header row gives names and units, e.g. "ball_x [m]"; numbers
// read back to the same float32; cells without a value are empty.
SimStatus sim_export_csv(const char *folder, SimLog *log, SimError *err);

// One JSON object: the top of the log, counts, means, reasons, and one object per rally.
SimStatus sim_export_json(const char *path, SimLog *log, SimError *err);
// The same as text, to be freed; NULL and err on failure.
char *sim_export_json_text(SimLog *log, SimError *err);

// All rallies in one file of the match log's layout, compressed with checksums, also of a log of
// schema 1. The file is read back and compared before it gets its name.
// obs, unless NULL, adds to each rally what drones or teams saw, replayed with model.
typedef struct SimExportObs {
  const SimModel *model;
  SimLayout layout;
  const SimTeamObserver *team;  // for layouts that need what strategies remember, or NULL
} SimExportObs;
SimStatus sim_export_h5(const char *path, SimLog *log, const SimExportObs *obs, SimError *err);

// One page that plays rally number `index` of 0 .. sim_log_rallies - 1, or all of them (-1), in a
// browser, without anything else. SIM_USAGE when that is too much for a page; SIM_BAD_INPUT without
// three.js on this machine.
SimStatus sim_export_html(const char *path, SimLog *log, int index, SimError *err);

#endif  // SIM_RECORD_EXPORT_H_
