#pragma once

// What --help says below the flags: examples and what one would otherwise have to look up.
namespace revisitd::daemon::cli {

extern const char* const kTopHelp;
extern const char* const kRunHelp;
extern const char* const kCheckHelp;
extern const char* const kCheckRecordsHelp;
extern const char* const kCheckRosterHelp;
extern const char* const kScrapeHelp;
extern const char* const kTestHelp;
extern const char* const kBacktestHelp;
extern const char* const kStatusHelp;
extern const char* const kExplainHelp;
extern const char* const kAssessHelp;
extern const char* const kDraftHelp;
extern const char* const kAdviseHelp;
extern const char* const kAcknowledgeHelp;
extern const char* const kConfirmHelp;
extern const char* const kSnoozeHelp;
extern const char* const kConcludeHelp;
extern const char* const kTrailHelp;
extern const char* const kBackupHelp;

}  // namespace revisitd::daemon::cli
