#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rules/record.h"
#include "rules/roster_decode.h"

// The record reader and the roster decoder on any bytes. The first byte chooses how the rest is
// read.
namespace {

using revisitd::Diagnostic;
using revisitd::rules::RecordReading;
using revisitd::rules::SignalSpec;
using revisitd::rules::SignalTable;

SignalTable make_signals() {
  SignalTable table;
  const auto add = [&](const char* name, revisitd::Unit unit) {
    SignalSpec spec;
    spec.name = name;
    spec.unit = unit;
    table[name] = spec;
  };
  add("latency_p99", revisitd::Unit::seconds);
  add("rps", revisitd::Unit::number);
  add("memory", revisitd::Unit::bytes);
  return table;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const RecordReading& reading) {
  for (const auto& decision : reading.decisions) {
    require(!decision.service.empty() && !decision.language.empty());
    for (const auto& trigger : decision.triggers) {
      require(trigger.window.count() > 0 && less(trigger.clear, trigger.trip));
      require(!trigger.meaning().empty() && trigger.place.line > 0);
    }
  }
  for (const Diagnostic& diagnostic : reading.diagnostics) {
    require(!format_diagnostic(diagnostic).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const SignalTable signals = make_signals();
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      check(read_record({"r.md", text, "", ""}, signals));
      break;
    case 1:
      check(read_record({"r.yaml", text, "", ""}, signals));
      break;
    case 2:
      check(read_record({"r.md", "Status: accepted\nDate: 2026-05-04\n", "r.revisit.yaml", text},
                        signals));
      break;
    case 3:
      // JSON and YAML differ in their escapes only.
      (void)revisitd::rules::decode_roster(text, size % 2 == 0 ? "r.json" : "r.yaml", {});
      break;
  }
  return 0;
}
