#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "daemon/cli/commands.h"

// What the files that declare flags share. Only they see CLI11.
namespace revisitd::daemon::cli {

// Headings of the list of commands.
inline constexpr const char* kWatch = "Watch";
inline constexpr const char* kLook = "Look at files and pages";
inline constexpr const char* kTry = "Try triggers before they count";
inline constexpr const char* kAsk = "Ask a running daemon";
inline constexpr const char* kAnswer = "Answer a revisit";
inline constexpr const char* kBelieve = "Answer for a source";

// What was chosen: set by the callbacks, run after parsing so that a command's own failure is no
// usage error.
using Chosen = std::function<int()>;

// A check that reads the text of a flag into `target`.
template <class T, class Parse>
std::function<std::string(const std::string&)> reads_into(T& target, Parse parse) {
  return [&target, parse](const std::string& text) -> std::string {
    auto value = parse(text);
    if (!value) return value.error().message;
    target = *value;
    return {};
  };
}

// A check that lets the text of a flag stand as it is.
template <class Parse>
std::function<std::string(const std::string&)> passes(Parse parse) {
  return [parse](const std::string& text) -> std::string {
    const auto value = parse(text);
    return value ? "" : value.error().message;
  };
}

CLI::Option* add_duration(CLI::App* app, const std::string& flag, Duration& target,
                          const std::string& help);
// How a running daemon is reached: --url, --json, --http.config.file, --timeout.
void add_client(CLI::App* app, ClientOptions& options);

// Where the flags of commands that talk to a running daemon are kept while they run.
struct AskOptions {
  ClientOptions client;
  WordOptions word;
  TrailOptions trail;
  std::string storage_path = "data";
  std::string backup_to;
  std::string explain_service, explain_trigger;
  std::string assess_service;
  std::string draft_service;
  AdviseOptions advise;
};
void add_asking(CLI::App& app, AskOptions& options, Chosen& chosen);

}  // namespace revisitd::daemon::cli
