// Runs an exported policy on a Cortex-M4 without operating system or C library: prints the bits of
// the actions for rows of observations, and how many instructions a row took. Output and the end go
// to the emulator by semihosting (ARM, Semihosting for AArch32 and AArch64: SYS_WRITE0 4, SYS_EXIT
// 24). With one instruction a nanosecond (qemu -icount shift=0), a tick of the 25 MHz system timer
// is 40 instructions.
#include "policy.h"

enum { WRITE0 = 4, EXIT = 24, STOPPED = 0x20026, TICK = 40, REPEAT = 50 };

#define FPU (*(volatile unsigned *)0xE000ED88)
#define TIMER_CONTROL (*(volatile unsigned *)0xE000E010)
#define TIMER_RELOAD (*(volatile unsigned *)0xE000E014)
#define TIMER_NOW (*(volatile unsigned *)0xE000E018)

extern unsigned stack_top;
void start(void);
__attribute__((section(".vectors"), used)) static void *const VECTORS[] = {&stack_top,
                                                                           (void *)start};

static void call_host(int what, const void *argument) {
  register int r0 __asm__("r0") = what;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

static void print_hex(unsigned bits, char end) {
  char text[10];
  for (int i = 0; i < 8; i++) {
    text[i] = "0123456789abcdef"[bits >> (28 - 4 * i) & 15];
  }
  text[8] = end;
  text[9] = '\0';
  call_host(WRITE0, text);
}

static void print_row(const float *row, int n) {
  for (int i = 0; i < n; i++) {
    const union {
      float value;
      unsigned bits;
    } number = {row[i]};
    print_hex(number.bits, i + 1 < n ? ' ' : '\n');
  }
}

void start(void) {
  static float action[OUTPUTS];
  FPU |= 15u << 20;
  __asm__ volatile("dsb; isb");
  for (int r = 0; r < ROWS; r++) {
    ACT(action, OBS[r]);
    print_row(action, OUTPUTS);
  }
  TIMER_RELOAD = 0xFFFFFF;
  TIMER_NOW = 0;
  TIMER_CONTROL = 5;
  const unsigned before = TIMER_NOW;
  for (int i = 0; i < REPEAT; i++) {
    ACT(action, OBS[i % ROWS]);
  }
  print_hex(((before - TIMER_NOW) & 0xFFFFFF) * TICK / REPEAT, '\n');
  call_host(EXIT, (void *)STOPPED);
  for (;;) {
  }
}
