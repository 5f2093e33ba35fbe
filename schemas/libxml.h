/*
 * What this package asks of libxml2: refuse to load anything but the bundled schemas, and judge one document at a time.
 */
#ifndef VENDSWITCH_SCHEMAS_LIBXML_H
#define VENDSWITCH_SCHEMAS_LIBXML_H

#include <stdint.h>

#include <libxml/tree.h>

enum {
  VS_MAX_VIOLATIONS = 32,   /* kept of one document; the rest are dropped */
  VS_PATH_SIZE      = 1536, /* bytes of a path, with the terminator */
  VS_HEAD_SIZE      = 1280, /* bytes kept from the start of a long message, with the terminator */
  VS_TAIL_SIZE      = 256,  /* bytes kept from its end */
  VS_MAX_FILES      = 32,   /* bundled schemas */
  VS_MAX_NAMESPACES = 512   /* namespace declarations in scope at one element; libxml2 searches them one by one */
};

/* Marks inside a path. XML allows neither character in a name or a namespace. */
enum {
  VS_STEP  = '\x01', /* starts a step: VS_STEP namespace VS_FIELD local name VS_FIELD position */
  VS_FIELD = '\x02'
};

typedef enum {
  VS_DOCTYPE = 1,
  VS_MALFORMED,
  VS_SCHEMA_INVALID
} vs_kind;

typedef struct {
  int  line;
  int  column;
  int  code;
  char path[VS_PATH_SIZE];
  char head[VS_HEAD_SIZE];
  char tail[VS_TAIL_SIZE]; /* empty unless the message was cut */
} vs_violation;

typedef struct {
  vs_kind      kind;
  int          count;
  vs_violation violations[VS_MAX_VIOLATIONS];
} vs_report;

/* Initialises the library and replaces its entity loader for the whole process. Call once, before anything else. */
void vs_init(void);

/* Lets the loader serve text as embed:///name. Keeps both pointers. Returns 0 when there is no room. */
int vs_bundle(const char *name, const char *text, int size);

/*
 * Parses a document and validates it against a compiled schema (an xmlSchemaPtr).
 * Returns NULL if it is valid, else a report for vs_report_free. Safe to call from many threads with one schema.
 */
vs_report *vs_validate(uintptr_t schema, const char *doc, int size);

/* A document that was read, its document element, and what is wrong with it; each may be NULL. */
typedef struct {
  xmlDocPtr  doc;
  xmlNodePtr root;
  vs_report *report;
} vs_reading;

/* As vs_validate, but keeps the document for vs_doc_free. Without a schema (0) it only parses. */
vs_reading vs_read(uintptr_t schema, const char *doc, int size);

void vs_doc_free(xmlDocPtr doc);
void vs_report_free(vs_report *report);

/* Version of the library at run time, such as "20914". */
const char *vs_version(void);

#endif
