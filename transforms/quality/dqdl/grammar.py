"""The grammar of DQDL: one look at each word (LALR), so thousands of rules take seconds.

A condition is read before it is known what it compares: ``> 5`` may be a number or a size. What
its kind is, and whether the rule takes it, is decided by ``reading``.
"""

from __future__ import annotations

GRAMMAR = r"""
start: section*
?section: "Metadata" "=" dict -> metadata
    | ("DataSources" | "Sources") "=" dict -> sources
    | "DefaultLabels" "=" labels_list -> default_labels
    | RULES "=" "[" [top ("," top)*] "]" -> rules
    | ANALYZERS "=" "[" [analyzer ("," (analyzer | more_tag))*] "]" -> analyzers
    | IDENT "=" (STRING | list_of_texts) -> definition
dict: "{" pair ("," pair)* "}"
pair: STRING ":" (STRING | list_of_texts)
list_of_texts: "[" STRING ("," STRING)* "]"

?top: both (OR both)* -> either
?both: one ((AND | AND_OPEN) one)* -> every
?one: rule
    | "(" top ")" [labels] -> parentheses
rule: IDENT parameter* [condition] [where] (labels | tag)*
analyzer: IDENT parameter* tag*
parameter: [OF | AND] (STRING | IDENT | VARIABLE)
where: WHERE STRING
labels: LABELS "=" labels_list
labels_list: "[" [label ("," label)*] "]"
label: STRING "=" STRING
tag: WITH IDENT comparison
more_tag: IDENT "=" (IDENT | operand)

condition: comparison
comparison: [NOT] BETWEEN operand (AND | AND_OPEN) operand -> between
    | SIGN operand -> compare
    | NEGATION "=" operand -> differ
    | "=" operand -> equal
    | "=" list -> equal_list
    | [NOT] IN (list | VARIABLE) -> among
    | [NOT] MATCHES STRING -> matches
list: "[" operand ("," operand)* "]"

?operand: sum | text | VARIABLE -> variable
    | EMPTY -> word | BLANK -> word
    | INT DURATION -> duration
    | INT SIZE -> size
    | NOW -> now
    | "(" NOW (PLUS | MINUS) INT DURATION ")" -> moved_now
text: STRING
?sum: product | sum (PLUS | MINUS) product -> binary
?product: atom | product (TIMES | OVER) atom -> binary
?atom: INT -> number | DECIMAL -> number
    | MINUS (INT | DECIMAL) -> negative
    | NULL -> word
    | IDENT "(" [sum ("," sum)*] ")" -> call
    | "(" sum ")" -> group

RULES.3: /Rules(?![a-zA-Z0-9_.])/
ANALYZERS.3: /Analyzers(?![a-zA-Z0-9_.])/
AND_OPEN.4: /(?:and|AND)(?=\s*\()/
AND.3: /(?:and|AND)(?![a-zA-Z0-9_.])/
OR.3: /(?:or|OR)(?![a-zA-Z0-9_.])/
OF.3: /(?:of|OF)(?![a-zA-Z0-9_.])/
NULL.3: /(?:null|NULL)(?![a-zA-Z0-9_.])/
EMPTY.3: /(?:empty|EMPTY)(?![a-zA-Z0-9_.])/
BLANK.3: /(?:whitespaces_only|WHITESPACES_ONLY)(?![a-zA-Z0-9_.])/
BETWEEN.3: /between(?![a-zA-Z0-9_.])/
IN.3: /in(?![a-zA-Z0-9_.])/
NOT.3: /not(?![a-zA-Z0-9_.])/
MATCHES.3: /matches(?![a-zA-Z0-9_.])/
WHERE.3: /where(?![a-zA-Z0-9_.])/
WITH.3: /with(?![a-zA-Z0-9_.])/
LABELS.3: /labels(?=\s*=)/
NOW.4: /now\(\)/
DURATION.3: /(?:days|hours|minutes)(?![a-zA-Z0-9_.])/
SIZE.3: /(?:B|KB|MB|GB|TB)(?![a-zA-Z0-9_.])/
INT.3: /\d+(?![a-zA-Z0-9_.])/
DECIMAL.3: /\d+\.\d+(?![a-zA-Z0-9_.])/
SIGN: ">=" | "<=" | ">" | "<"
NEGATION: "!"
PLUS: "+"
MINUS: "-"
TIMES: "*"
OVER: "/"
STRING: /"(?:\\.|[^"\\])*"/s
VARIABLE: /\$[a-zA-Z0-9_.]+/
IDENT: /[a-zA-Z0-9_.]+/
%ignore /[ \t\r\n\f]+/
%ignore /#[^\n]*/
%ignore /\/\/[^\n]*/
"""

WORDS = {
    "RULES": "Rules",
    "ANALYZERS": "Analyzers",
    "AND": "and",
    "AND_OPEN": "and",
    "OR": "or",
    "OF": "of",
    "NULL": "NULL",
    "EMPTY": "EMPTY",
    "BLANK": "WHITESPACES_ONLY",
    "BETWEEN": "between",
    "IN": "in",
    "NOT": "not",
    "MATCHES": "matches",
    "WHERE": "where",
    "WITH": "with",
    "LABELS": "labels",
    "NOW": "now()",
    "DURATION": "days, hours or minutes",
    "SIZE": "B, KB, MB, GB or TB",
    "INT": "a whole number",
    "DECIMAL": "a decimal number",
    "SIGN": ">, >=, < or <=",
    "NEGATION": "!",
    "PLUS": "+",
    "MINUS": "-",
    "TIMES": "*",
    "OVER": "/",
    "STRING": 'a text in "quotes"',
    "VARIABLE": "$name",
    "IDENT": "a name",
    "METADATA": "Metadata",
    "DATASOURCES": "DataSources",
    "SOURCES": "Sources",
    "DEFAULTLABELS": "DefaultLabels",
    "EQUAL": "=",
    "COMMA": ",",
    "COLON": ":",
    "LSQB": "[",
    "RSQB": "]",
    "LPAR": "(",
    "RPAR": ")",
    "LBRACE": "{",
    "RBRACE": "}",
    "$END": "the end",
}
"""What a message calls each terminal of the grammar."""
