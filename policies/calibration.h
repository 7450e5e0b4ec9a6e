// The flight time of the fast attacks, as `hcsp calibrate` measured it for a set of skills: a JSON
// file beside them. It holds for one option table and for exactly the skills that it names.
#ifndef POLICIES_CALIBRATION_H_
#define POLICIES_CALIBRATION_H_

#include <stdint.h>

#include "policies/options.h"

#define POL_CALIBRATION_FORMAT "hcsp-calibration"
enum { POL_CALIBRATION_VERSION = 1, POL_CALIBRATION_SKILLS = 4 };

// The skills on which the kills depend.
static const PolSlot pol_calibration_slots[POL_CALIBRATION_SKILLS] = {POL_GOTO, POL_PASS, POL_SET,
                                                                      POL_ATTACK};

typedef struct PolCalibration {
  char options[POL_NAME_MAX];  // the table
  uint64_t options_hash;
  uint64_t skill[POL_CALIBRATION_SKILLS];  // hashes, in the order of the slots
  double flight;                           // s
  uint64_t hash;                           // of all of these
} PolCalibration;

// Fills calibration->hash.
void pol_calibration_seal(PolCalibration *calibration);
// Reads what a team needs of the file. SIM_BAD_INPUT and one sentence when it is no calibration.
SimStatus pol_calibration_load(PolCalibration *calibration, const char *path, SimError *err);
SimStatus pol_calibration_parse(PolCalibration *calibration, const char *path, const char *text,
                                size_t size, SimError *err);

// Writes what teams need of it, atomically; without the kill tables that `hcsp calibrate` adds.
SimStatus pol_calibration_save(const char *path, const PolCalibration *calibration, SimError *err);

#endif  // POLICIES_CALIBRATION_H_
