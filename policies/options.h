// Option tables: what a strategy can ask for. An option = name, skill slot, goal; tables are YAML
// data (configs/options/), with one list per head: passer, setter, attacker, serve.
// configs/options/ paper.yaml says what each key means.
#ifndef POLICIES_OPTIONS_H_
#define POLICIES_OPTIONS_H_

#include <stddef.h>
#include <stdint.h>

#include "policies/skill.h"
#include "sim/base/file.h"
#include "sim/base/status.h"

enum { POL_HEADS_MAX = 5, POL_OPTIONS_MAX = 32, POL_NAME_MAX = 48 };
// Heads of a table in which every head but the last is a drone's.
typedef enum PolHead {
  POL_HEAD_PASSER,
  POL_HEAD_SETTER,
  POL_HEAD_ATTACKER,
  POL_HEAD_SERVE
} PolHead;

enum { POL_NOT_ASKED = 255 };  // the option of a head that was not asked

// Whether more than one option is legal; legal: a bit for each that is.
static inline bool pol_has_choice(uint32_t legal) {
  return (legal & (legal - 1)) != 0;
}

// s, flight time of attacks whose time is calibrated, without a calibration
// (policies/README.md 3.3).
#define POL_FLIGHT_DEFAULT 1.09

// What a table's heads stand for.
typedef enum PolTableKind {
  POL_TABLE_ROLES,   // drones, each with its own touch: passer, setter, attacker, serve
  POL_TABLE_VOLLEY,  // touches, each by any drone: serve, shape, first, second, third
} PolTableKind;

typedef struct PolOption {
  char name[POL_NAME_MAX];
  PolSlot slot;
  SimGoal goal;
  bool drawn;        // serve: the goal point is the match's drawn serve target
  bool calibrated;   // attack: goal.flight is that of the calibration
  bool auto_height;  // pass, receive: the strike height is chosen when the dig starts (dig.h)
  // of a volley table
  int drone;      // who strikes, 0 to 2 of its team; -1: who is left
  bool late;      // may be tried up to the reach of a save
  bool across;    // the point is that of a strike on the right (y > 0), mirrored on the left
  double weight;  // share in which the rule strategy draws it
  int mirror;     // number of the option that is this one with left for right; its own: none
} PolOption;

// What is within reach, m/s2 (dig.h): of a first touch, of a set, of other second touches and balls
// over the net, of an attack; and to be in time for the attack after next. What takes more than
// hopeless is not tried at all.
typedef struct PolReach {
  double first, set, save, attack, travel, hopeless;
} PolReach;

typedef struct PolOptions {
  char name[POL_NAME_MAX];
  PolTableKind kind;
  int heads;                     // how many
  char head[POL_HEADS_MAX][16];  // what they are called
  // which of them choose the serve, where to wait and how to attack
  int serve_head, wait_head, attack_head;
  int n[POL_HEADS_MAX];
  PolOption option[POL_HEADS_MAX][POL_OPTIONS_MAX];
  // what the serve phase forces on a passer (sim/README.md 5.6)
  PolOption serve_hover, receive_wait, receive, receive_hover;
  // the option called "spread" of each head, or -1; by rule, whoever would wait at a base stands
  // there while the opponents have the ball, and it is no option
  int spread[POL_HEADS_MAX];
  bool spread_by_rule;
  // of a volley table: places of the shapes, team frame; what the masks go by
  double place[POL_OPTIONS_MAX][3][3];
  PolReach reach;
  double clearance, tilt;  // m over the net at least, rad of the racket at most
  // where the first set of the table to the right goes, m, and how long it flies, s
  double attack_point[3], set_flight;
  uint64_t hash;              // of the table's meaning, not of its comments
  char path[SIM_PATH_MAX];    // of its file
  uint64_t calibration_hash;  // where the calibrated flight times are from; 0: the default
} PolOptions;

// name: a table of configs/options/ ("paper") or a path ending in .yaml. NULL and SIM_BAD_INPUT
// when there is no such table or something in it makes no sense.
PolOptions *pol_options_load(const char *name, SimError *err);
// The same from memory; path stands for the file in messages.
PolOptions *pol_options_parse(const char *path, const char *text, size_t size, SimError *err);
void pol_options_destroy(PolOptions *options);  // NULL is fine
// The option of head called name, or -1.
int pol_options_find(const PolOptions *options, int head, const char *name);
// Options of all heads, which are the outputs of a network that decides over them.
int pol_options_outputs(const PolOptions *options);
// "heads-8-6-9-4": what such a network acts by (policies/file.h).
void pol_options_act(char *out, size_t size, const PolOptions *options);

// True when some attack has a calibrated flight time.
bool pol_options_calibrated(const PolOptions *options);
// Gives those attacks `flight` seconds; the table's hash stays.
void pol_options_set_flight(PolOptions *options, double flight, uint64_t calibration);

// Names of the shipped tables, sorted; returns how many, at most max.
int pol_options_list(char names[][POL_NAME_MAX], int max);

#endif  // POLICIES_OPTIONS_H_
