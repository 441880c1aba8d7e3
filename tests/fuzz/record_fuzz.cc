#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "rules/condition_table.h"
#include "rules/record.h"
#include "rules/roster_decode.h"
#include "rules/saved_reading.h"
#include "rules/yaml.h"

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

// What is kept of a reading gives the same reading again.
void check_kept(const RecordReading& reading, const std::string& path, const SignalTable& signals) {
  revisitd::rules::ConditionTable conditions;
  const std::string saved = save_reading(reading, signals);
  const auto again = restore_reading(saved, path, signals, conditions);
  require(again && again->decisions.size() == reading.decisions.size());
  require(again->diagnostics == reading.diagnostics);
  require(save_reading(*again, signals) == saved);
}

// `text` is what was read.
void check(const RecordReading& reading, const std::string& path, const SignalTable& signals,
           const std::string& text) {
  if (reading.ok() && !revisitd::rules::unclean(text)) check_kept(reading, path, signals);
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
      check(read_record({"r.md", text, "", ""}, signals), "r.md", signals, text);
      break;
    case 1:
      check(read_record({"r.yaml", text, "", ""}, signals), "r.yaml", signals, text);
      break;
    case 2:
      check(read_record({"r.md", "Status: accepted\nDate: 2026-05-04\n", "r.revisit.yaml", text},
                        signals),
            "r.md", signals, text);
      break;
    case 3:
      // JSON and YAML differ in their escapes only.
      // What we kept comes from our own database, and yet nothing else may be taken for it.
      {
        revisitd::rules::ConditionTable conditions;
        (void)revisitd::rules::restore_reading(text, "r.md", signals, conditions);
      }
      (void)revisitd::rules::decode_roster(text, size % 2 == 0 ? "r.json" : "r.yaml", {});
      break;
  }
  return 0;
}
