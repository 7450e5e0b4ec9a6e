// The numbers are a table of names, bounds and offsets; a value in a file is text, so that one key
// takes both "1.52" and "1.4 to 1.6".
#include "sim/plant.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/config.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "sim/physics.h"

#define DELAY_MAX (SIM_DELAY_MAX * SIM_DT)

// X(key, field, lowest, highest); the order is that of the draws: append only
#define NUMBERS(X)                                                                                 \
  X(drone_mass, drone_mass, 0.01, 100)                                                             \
  X(inertia_x, inertia[0], 1e-6, 100)                                                              \
  X(inertia_y, inertia[1], 1e-6, 100)                                                              \
  X(inertia_z, inertia[2], 1e-6, 100)                                                              \
  X(thrust, thrust, 1e-3, 1000)                                                                    \
  X(reaction, reaction, 0, 100)                                                                    \
  X(lag, lag, 0.01, 1)                                                                             \
  X(damping, damping, 0, 10)                                                                       \
  X(ball_mass, ball_mass, 1e-4, 10)                                                                \
  X(ball_radius, ball_radius, 0.01, 0.2)                                                           \
  X(ball_drag, ball_drag, 0, 1)                                                                    \
  X(box_restitution, box_restitution, 0, 1)                                                        \
  X(disc_restitution, disc_restitution, 0, 1)                                                      \
  X(downwash_radial, downwash_radial, 0, 1000)                                                     \
  X(downwash_axial, downwash_axial, 0, 1000)                                                       \
  X(downwash_reach, downwash_reach, 0, 1000)                                                       \
  X(wind_x, wind[0], -20, 20)                                                                      \
  X(wind_y, wind[1], -20, 20)                                                                      \
  X(wind_z, wind[2], -20, 20)                                                                      \
  X(noise_pos, noise_pos, 0, 1)                                                                    \
  X(noise_vel, noise_vel, 0, 10)                                                                   \
  X(noise_angle, noise_angle, 0, 1)                                                                \
  X(noise_rate, noise_rate, 0, 10)                                                                 \
  X(noise_ball_pos, noise_ball_pos, 0, 1)                                                          \
  X(noise_ball_vel, noise_ball_vel, 0, 10)                                                         \
  X(observation_delay, observation_delay, 0, DELAY_MAX)                                            \
  X(action_delay, action_delay, 0, DELAY_MAX)

typedef struct Number {
  const char *key;
  size_t plant, file;  // offsets
  double lowest, highest;
} Number;

// The mirror of a file.
typedef struct File {
#define FILE_FIELD(key, field, lowest, highest) char *key;
  NUMBERS(FILE_FIELD)
#undef FILE_FIELD
  char *description;
} File;

static const Number NUMBER[] = {
#define NUMBER_ROW(key, field, lowest, highest)                                                    \
  {#key, offsetof(SimPlant, field), offsetof(File, key), lowest, highest},
    NUMBERS(NUMBER_ROW)
#undef NUMBER_ROW
};
enum { N_NUMBERS = sizeof NUMBER / sizeof NUMBER[0] };

// a plant is its numbers and nothing else, so that two can be compared as bytes
_Static_assert(sizeof(SimPlant) == N_NUMBERS * sizeof(double), "a number is missing");

static const cyaml_schema_field_t FIELDS[] = {
#define SCHEMA_FIELD(key, field, lowest, highest)                                                  \
  CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, File, key, 1, 63),
    NUMBERS(SCHEMA_FIELD)
#undef SCHEMA_FIELD
        CYAML_FIELD_STRING_PTR("description", CYAML_FLAG_POINTER, File, description, 1, 255),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t SCHEMA = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, File, FIELDS)};

static double *number_of(SimPlant *plant, int i) {
  assert(i >= 0 && i < N_NUMBERS);
  return (double *)(void *)((char *)plant + NUMBER[i].plant);
}

double *sim_plant_number(SimPlant *plant, const char *key) {
  for (int i = 0; i < N_NUMBERS; i++) {
    if (strcmp(NUMBER[i].key, key) == 0) {
      return number_of(plant, i);
    }
  }
  return NULL;
}

SimPlant sim_plant_paper(void) {
  return (SimPlant){.drone_mass = SIM_DRONE_MASS,
                    .inertia = {SIM_DRONE_IXX, SIM_DRONE_IYY, SIM_DRONE_IZZ},
                    .thrust = SIM_ROTOR_FORCE,
                    .reaction = SIM_ROTOR_TORQUE,
                    .lag = SIM_ROTOR_LAG,
                    .damping = SIM_DAMPING,
                    .ball_mass = SIM_BALL_MASS,
                    .ball_radius = SIM_BALL_RADIUS,
                    .box_restitution = SIM_BOX_RESTITUTION,
                    .disc_restitution = SIM_DISC_RESTITUTION,
                    .downwash_radial = SIM_DOWNWASH_RADIAL,
                    .downwash_axial = SIM_DOWNWASH_AXIAL,
                    .downwash_reach = SIM_DOWNWASH_REACH};
}

void sim_plant_draw(SimPlant *plant, const SimWorldFile *world, uint64_t seed, uint32_t rally) {
  *plant = world->low;
  if (world->fixed) {
    return;
  }
  SimPlant low = world->low, high = world->high;
  SimRng rng = sim_rng(seed, rally, 0, SIM_RNG_PLANT);
  // a number is drawn for each, range or not, so that none depends on which others are ranges
  for (int i = 0; i < N_NUMBERS; i++) {
    const double from = *number_of(&low, i), to = *number_of(&high, i);
    const double drawn = sim_rng_uniform(&rng, 0, 1);
    *number_of(plant, i) = from < to ? from + drawn * (to - from) : from;
  }
}

void sim_plant_middle(SimPlant *plant, const SimWorldFile *world) {
  SimPlant low = world->low, high = world->high;
  for (int i = 0; i < N_NUMBERS; i++) {
    const double from = *number_of(&low, i), to = *number_of(&high, i);
    *number_of(plant, i) = from < to ? from + (to - from) / 2 : from;
  }
}

static bool filtered(const SimPlant *high) {
  return high->noise_pos > 0 || high->noise_vel > 0 || high->noise_angle > 0 ||
         high->noise_rate > 0 || high->noise_ball_pos > 0 || high->noise_ball_vel > 0 ||
         high->observation_delay > 0 || high->action_delay > 0;
}

void sim_world_file_settle(SimWorldFile *world) {
  const SimPlant paper = sim_plant_paper();
  const uint64_t both[2] = {sim_hash(&world->low, sizeof world->low),
                            sim_hash(&world->high, sizeof world->high)};
  world->fixed = memcmp(&world->low, &world->high, sizeof world->low) == 0;
  world->paper = world->fixed && memcmp(&world->low, &paper, sizeof paper) == 0;
  world->filtered = filtered(&world->high);
  world->hash = sim_hash(both, sizeof both);
}

// ---- files

// "1.52" or "1.4 to 1.6"
static bool parse(double *low, double *high, const char *text) {
  char *end;
  *low = *high = strtod(text, &end);
  bool read = end != text;
  if (read && strncmp(end, " to ", 4) == 0) {
    const char *rest = end + 4;
    *high = strtod(rest, &end);
    read = end != rest;
  }
  return read && *end == '\0';
}

static SimStatus take_number(SimWorldFile *world, int i, const char *text, const char *path,
                             SimError *err) {
  const Number *number = &NUMBER[i];
  double low, high;
  if (parse(&low, &high, text) && low >= number->lowest && low <= high && high <= number->highest) {
    *number_of(&world->low, i) = low;
    *number_of(&world->high, i) = high;
    return SIM_OK;
  }
  char wanted[96];
  snprintf(wanted, sizeof wanted, "a number from %g to %g, or two of them as LOW to HIGH",
           number->lowest, number->highest);
  return sim_config_refuse(err, path, number->key, text, wanted);
}

static SimStatus take_file(SimWorldFile *world, const File *file, const char *path, SimError *err) {
  SimStatus status = SIM_OK;
  snprintf(world->description, sizeof world->description, "%s", file->description);
  for (int i = 0; status == SIM_OK && i < N_NUMBERS; i++) {
    const char *text = *(char *const *)(const void *)((const char *)file + NUMBER[i].file);
    status = text ? take_number(world, i, text, path, err) : SIM_OK;
  }
  return status;
}

static SimStatus find(char path[SIM_PATH_MAX], const char *name, SimError *err) {
  char file[SIM_WORLD_NAME_MAX + 32];
  const size_t n = strlen(name);
  if (n == 0 || n >= SIM_WORLD_NAME_MAX) {
    return sim_error(err, SIM_USAGE, "world '%.40s'; wanted a name of 1 to %d letters", name,
                     SIM_WORLD_NAME_MAX - 1);
  }
  if (strchr(name, '/') || (n > 5 && strcmp(name + n - 5, ".yaml") == 0)) {
    return sim_path_join(path, "", name, err);
  }
  snprintf(file, sizeof file, "configs/worlds/%s.yaml", name);
  SimStatus status = sim_path_join(path, sim_home(), file, err);
  size_t size;
  char *text = NULL;
  SimError missing = {0};
  if (status == SIM_OK && sim_file_read(&text, &size, path, 1 << 20, &missing) != SIM_OK) {
    status = sim_error(err, SIM_USAGE,
                       "world '%s'; wanted paper, calm, real, another name of configs/worlds, or a "
                       ".yaml file",
                       name);
  }
  free(text);
  return status;
}

SimStatus sim_world_file_load(SimWorldFile *world, const char *name, SimError *err) {
  char path[SIM_PATH_MAX];
  void *file = NULL;
  *world = (SimWorldFile){.low = sim_plant_paper(), .high = sim_plant_paper()};
  SimStatus status = find(path, name, err);
  status = status == SIM_OK ? sim_config_load(&file, path, &SCHEMA, err) : status;
  if (status == SIM_OK) {
    snprintf(world->name, sizeof world->name, "%s", name);
    status = take_file(world, file, path, err);
    sim_config_free(file, &SCHEMA);
    sim_world_file_settle(world);
  }
  return status;
}
