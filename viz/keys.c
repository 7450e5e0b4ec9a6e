#include "viz/keys.h"

#include <stddef.h>

#include "viz/scene.h"

typedef struct Key {
  int key, modifiers;
  VizCommand command;
} Key;

static const Key KEYS[] = {
    {' ', 0, {VIZ_DO_PAUSE, 0}},
    {mjKEY_RIGHT, 0, {VIZ_DO_STEP, 1}},
    {mjKEY_LEFT, 0, {VIZ_DO_STEP, -1}},
    {mjKEY_RIGHT, VIZ_SHIFT, {VIZ_DO_TOUCH, 1}},
    {mjKEY_LEFT, VIZ_SHIFT, {VIZ_DO_TOUCH, -1}},
    {mjKEY_RIGHT, VIZ_CONTROL, {VIZ_DO_RALLY, 1}},
    {mjKEY_LEFT, VIZ_CONTROL, {VIZ_DO_RALLY, -1}},
    {mjKEY_HOME, 0, {VIZ_DO_END, 0}},
    {mjKEY_END, 0, {VIZ_DO_END, 1}},
    {'-', 0, {VIZ_DO_SPEED, -1}},
    {'=', 0, {VIZ_DO_SPEED, 1}},
    {'+', 0, {VIZ_DO_SPEED, 1}},
    {'J', 0, {VIZ_DO_SKIP, -1}},
    {'L', 0, {VIZ_DO_SKIP, 1}},
    {mjKEY_DOWN, 0, {VIZ_DO_SKIP, -5}},
    {mjKEY_UP, 0, {VIZ_DO_SKIP, 5}},
    {'O', 0, {VIZ_DO_LOOP, 0}},
    {'G', 0, {VIZ_DO_ASK_RALLY, 0}},
    {'A', 0, {VIZ_DO_PACE, 0}},
    {mjKEY_BACKSPACE, 0, {VIZ_DO_RESTART, 0}},
    {mjKEY_BACKSPACE, VIZ_SHIFT, {VIZ_DO_NEXT_SEED, 0}},
    {'R', 0, {VIZ_DO_INSTANT, 0}},
    {'D', 0, {VIZ_DO_SLOW_MOTION, 0}},
    {'V', 0, {VIZ_DO_LIVE, 0}},
    {'K', 0, {VIZ_DO_FORK, 0}},
    {'L', VIZ_CONTROL, {VIZ_DO_RELOAD, 0}},
    {'E', 0, {VIZ_DO_DROP_SIDE, 0}},
    {']', 0, {VIZ_DO_TURN_CAMERA, 1}},
    {'[', 0, {VIZ_DO_TURN_CAMERA, -1}},
    {mjKEY_PAGE_DOWN, 0, {VIZ_DO_TURN_CAMERA, 1}},
    {mjKEY_PAGE_UP, 0, {VIZ_DO_TURN_CAMERA, -1}},
    {mjKEY_ESCAPE, 0, {VIZ_DO_FREE_CAMERA, 0}},
    {'A', VIZ_CONTROL, {VIZ_DO_ALIGN, 0}},
    {'B', 0, {VIZ_DO_CAMERA, VIZ_CAMERA_BROADCAST}},
    {'N', 0, {VIZ_DO_CAMERA, VIZ_CAMERA_NET}},
    {',', 0, {VIZ_DO_CAMERA, VIZ_CAMERA_BEHIND_FAR}},
    {'.', 0, {VIZ_DO_CAMERA, VIZ_CAMERA_BEHIND_NEAR}},
    {'U', 0, {VIZ_DO_CAMERA, VIZ_CAMERA_TOP}},
    {'Y', 0, {VIZ_DO_CAMERA, VIZ_CAMERA_FOLLOW_BALL}},
    {'I', 0, {VIZ_DO_CAMERA, VIZ_CAMERA_FOLLOW_DRONE}},
    {'X', 0, {VIZ_DO_SELECT, 0}},
    {'Z', 0, {VIZ_DO_SCALE, 0}},
    {'H', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, hud)}},
    {mjKEY_F1, 0, {VIZ_DO_HELP, 0}},
    {mjKEY_F2, 0, {VIZ_DO_PAGE, VIZ_PAGE_FACTS}},
    {mjKEY_F3, 0, {VIZ_DO_PAGE, VIZ_PAGE_PROFILER}},
    {mjKEY_F4, 0, {VIZ_DO_PAGE, VIZ_PAGE_PLAYERS}},
    {mjKEY_F8, 0, {VIZ_DO_PAGE, VIZ_PAGE_STATS}},
    {mjKEY_F9, 0, {VIZ_DO_PAGE, VIZ_PAGE_RALLIES}},
    {mjKEY_F5, 0, {VIZ_DO_WISH, VIZ_WISH_FULL_SCREEN}},
    {mjKEY_F6, 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, frames)}},
    {mjKEY_F7, 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, labels)}},
    {'0', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, group_court)}},
    {'1', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, group_drones)}},
    {'2', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, group_ball)}},
    {'3', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, trails)}},
    {'4', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, rings)}},
    {'5', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, touches)}},
    {'6', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, shadow)}},
    {'7', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, choices)}},
    {'C', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, contacts)}},
    {'F', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, forces)}},
    {'M', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, com)}},
    {'T', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, transparent)}},
    {'W', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, wireframe)}},
    {'S', 0, {VIZ_DO_SWITCH, offsetof(VizSwitches, shadows)}},
    {mjKEY_TAB, 0, {VIZ_DO_PANEL, 0}},
    {mjKEY_TAB, VIZ_SHIFT, {VIZ_DO_PANEL, 1}},
    {'P', 0, {VIZ_DO_WISH, VIZ_WISH_PICTURE}},
    {'C', VIZ_CONTROL, {VIZ_DO_WISH, VIZ_WISH_COPY}},
    {'Q', 0, {VIZ_DO_ASK_QUIT, 0}},
    {'Q', VIZ_CONTROL, {VIZ_DO_WISH, VIZ_WISH_QUIT}},
};
enum { N_KEYS = sizeof KEYS / sizeof KEYS[0] };

VizCommand viz_keys_command(int key, int modifiers) {
  for (int i = 0; i < N_KEYS; i++) {
    if (KEYS[i].key == key && KEYS[i].modifiers == modifiers) {
      return KEYS[i].command;
    }
  }
  return (VizCommand){.what = VIZ_DO_NOTHING};
}

int viz_keys_printed(int key, const char *printed) {
  const unsigned char c = printed && printed[0] && !printed[1] ? (unsigned char)printed[0] : 0;
  if (key >= mjKEY_NUMPAD_0 && key <= mjKEY_NUMPAD_9) {
    return '0' + key - mjKEY_NUMPAD_0;
  }
  // digits stay where they are: a French keyboard has them behind Shift
  if (key >= '0' && key <= '9') {
    return key;
  }
  return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c > ' ' && c < 0x7f ? c : key;
}

int viz_keys_list(int keys[], int modifiers[], int max) {
  for (int i = 0; i < N_KEYS && i < max; i++) {
    keys[i] = KEYS[i].key;
    modifiers[i] = KEYS[i].modifiers;
  }
  return N_KEYS;
}

const VizHelp *viz_keys_help(int *n) {
  static const VizHelp HELP[] = {
      {"Space", "run, pause"},
      {"J  L", "one second back, forward"},
      {"Down  Up", "five seconds back, forward"},
      {"Left  Right", "one step back, forward"},
      {"Shift + Left  Right", "one touch back, forward"},
      {"Ctrl + Left  Right", "one rally back, forward"},
      {"Home  End", "start and end of the rally"},
      {"-  =  +", "slower, faster"},
      {"O", "this rally again and again"},
      {"G   F9", "go to a rally by number, list of rallies"},
      {"Backspace", "rally from its start"},
      {"Shift + Backspace", "live match with the next seed"},
      {"R", "instant replay of the last rally"},
      {"D", "slow motion of the deciding moment"},
      {"V", "live match of the chosen teams"},
      {"K", "play on from here with them"},
      {"E", "side of the next dropped team"},
      {"Ctrl + L", "load again"},
      {"[  ]   Page Up  Down", "previous, next camera"},
      {"B  N  ,  .  U", "broadcast, net, behind blue, orange, top"},
      {"Y  I", "follow ball, follow drone"},
      {"X", "select the next drone"},
      {"Esc   Ctrl + A", "free camera, aligned"},
      {"Z", "size of drones and ball"},
      {"H", "score board and timeline"},
      {"F1  F2  F3  F4", "help, facts, profiler, players"},
      {"F8", "figures of the match, map of landings"},
      {"F5  F6  F7", "full screen, frames, labels"},
      {"0  1  2", "court, drones, ball"},
      {"3  4  5  6", "trails, targets, touches, landing"},
      {"7", "decisions of the strategies"},
      {"1 .. 9   0   Enter", "you decide: choose, more, leave it to the team"},
      {"A", "time while you choose: slow, stopped, real"},
      {"T  W  S", "transparent, wires, shadows"},
      {"C  F  M", "contacts, their forces, centres of mass"},
      {"Tab   Shift + Tab", "left, right panel"},
      {"P   Ctrl + C", "picture to a file, state to the clipboard"},
      {"Q   Ctrl + Q", "quit when asked again, quit at once"},
      {"mouse on the time line", "click, drag: go there; point: what is there"},
      {"mouse left, right", "turn, move (Shift: level)"},
      {"wheel", "nearer, farther"},
      {"double click", "select; right: look at; Ctrl: follow"},
      {"Ctrl + left, right", "twist, pull the selected body"},
      {"drop a file", "watch a log or let a team play"},
  };
  *n = sizeof HELP / sizeof HELP[0];
  return HELP;
}
