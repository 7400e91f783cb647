"""Delimited text: delimiters, quotes, headers, what stands around the rows, encodings."""

from __future__ import annotations

from typing import Any

from tests.crawlers.cases.model import Case, Made, Section, one

LAZY, OPEN = "LazySimpleSerDe", "OpenCSVSerde"
HEADED = {"skip.header.line.count": "1"}
HEADLESS = {"skip.header.line.count": None}
FRUIT = "apple,pear\nplum,fig\nkiwi,lime\n"
BY_LINE = "read line by line"


def csv_classifier(**members: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    """Return a custom classifier of delimited files."""
    return {"mine": {"CsvClassifier": {"Name": "mine", **members}}}


def encoded(text: str, encoding: str) -> Made:
    """Return a text in an encoding."""
    shown = text.replace("\n", "⏎")
    return Made(shown=f"{shown} in {encoding}", make=lambda: text.encode(encoding))


DIALECTS = (
    Case(
        name="Comma and header",
        why="Every cell of the first row is text and short, and a column below is no text: Glue's"
        " rule for a header.",
        files={"t/a.csv": "id,name\n1,a\n2,b\n"},
        tables=one(
            "t",
            "id bigint, name string",
            serde=LAZY,
            parameters={
                **HEADED,
                "delimiter": ",",
                "columnsOrdered": "true",
                "areColumnsQuoted": "false",
            },
            serde_parameters={"field.delim": ","},
            records=2,
            says=("the first row is text only", "column 1 ('id') holds bigint below it"),
        ),
    ),
    *(
        Case(
            name=f"{word} between cells",
            why="Glue tries comma, pipe, tab, semicolon and Ctrl-A; the name of the file says"
            " nothing.",
            files={"t/a.csv": f"id{mark}name{mark}at\n1{mark}a,b{mark}2.5\n2{mark}c{mark}3\n"},
            tables=one(
                "t",
                "id bigint, name string, at double",
                serde=LAZY,
                parameters={**HEADED, "delimiter": mark},
                serde_parameters={"field.delim": mark},
            ),
        )
        for word, mark in (("Pipe", "|"), ("Tab", "\t"), ("Semicolon", ";"), ("Ctrl-A", "\x01"))
    ),
    Case(
        name="Delimiter inside quotes",
        why="LazySimpleSerDe would cut the field and keep the quotes, which is a common complaint"
        " about Glue's crawlers; OpenCSVSerde reads it.",
        files={"t/a.csv": 'id,name\n1,"Smith, J"\n2,b\n'},
        tables=one(
            "t",
            "id bigint, name string",
            serde=OPEN,
            parameters={**HEADED, "areColumnsQuoted": "true"},
            serde_parameters={"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
            records=2,
        ),
    ),
    Case(
        name="Doubled quotes",
        why="Two quotes inside a quoted field are one: the way of RFC 4180.",
        files={"t/a.csv": 'id,said\n1,"he said ""hi, you"""\n2,"x"\n'},
        tables=one("t", "id bigint, said string", serde=OPEN, records=2),
    ),
    Case(
        name="Quotes escaped by backslashes",
        why="A quote after a backslash goes on in the middle of a field, so backslashes escape.",
        files={"t/a.csv": 'id,said\n1,"he said \\"hi, you\\" and left"\n2,"x"\n'},
        tables=one(
            "t",
            "id bigint, said string",
            serde=OPEN,
            serde_parameters={"escapeChar": "\\", "escape.delim": "\\"},
            records=2,
        ),
    ),
    Case(
        name="Escaped quote at the end of a field",
        why="Without escapes the last quote would open what is never closed.",
        files={"t/a.csv": 'id,said\n1,"a, b"\n2,"w\\""\n3,x\n'},
        tables=one(
            "t",
            "id bigint, said string",
            serde=OPEN,
            serde_parameters={"escape.delim": "\\"},
            records=3,
        ),
    ),
    Case(
        name="Backslashes that escape nothing",
        why="In C:\\dir\\ a backslash is a character: OpenCSVSerde gets an escape that no text"
        " holds.",
        files={"t/a.csv": 'id,path\n1,"C:\\dir\\"\n2,"D:\\"\n'},
        tables=one(
            "t", "id bigint, path string", serde=OPEN, serde_parameters={"escapeChar": "\x02"}
        ),
    ),
    Case(
        name="Single quotes",
        why="The quote is the one that fields begin and end with.",
        files={"t/a.csv": "id;name\n1;'a;b'\n2;'c'\n"},
        tables=one(
            "t",
            "id bigint, name string",
            serde=OPEN,
            serde_parameters={"separatorChar": ";", "quoteChar": "'"},
        ),
    ),
    Case(
        name="Inches and apostrophes",
        why="A quote within a field quotes nothing.",
        files={"t/a.csv": 'id,size\n1,5" pipe\n2,the boss\' 6"\n'},
        tables=one("t", "id bigint, size string", serde=LAZY, records=2),
    ),
    Case(
        name="Line break in a field",
        why="A quoted field may go over lines; only readers that know multiLine find its rows.",
        files={"t/a.csv": 'id,note\n1,"two\nlines"\n2,b\n'},
        tables=one(
            "t",
            "id bigint, note string",
            serde=OPEN,
            parameters={"multiLine": "true"},
            records=2,
            warns=("line 2 begins a field with a line break",),
        ),
    ),
    Case(
        name="Windows line ends",
        why="CR LF ends a line as LF does; CR is no part of the last cell.",
        files={"t/a.csv": "id,n\r\n1,2\r\n3,4\r\n"},
        tables=one("t", "id bigint, n bigint", records=2),
    ),
    Case(
        name="Delimiter at the end of lines",
        why="Glue allows an empty last column.",
        files={"t/a.csv": "id,n,\n1,2,\n3,4,\n"},
        tables=one("t", "id bigint, n bigint, col2 string"),
    ),
)

HEADERS = (
    Case(
        name="No header above numbers",
        why="A first row that holds values is data; columns are numbered from col0.",
        files={"t/a.csv": "1,a\n2,b\n"},
        tables=one(
            "t",
            "col0 bigint, col1 string",
            parameters=HEADLESS,
            records=2,
            says=("not taken for a header", "'1', which is bigint"),
        ),
    ),
    Case(
        name="Numbers as names",
        why="A cell that is a number is no name, by Glue's rule.",
        files={"t/a.csv": "2019,2020\n1,2\n3,4\n"},
        tables=one("t", "col0 bigint, col1 bigint", parameters=HEADLESS, records=3),
    ),
    Case(
        name="Text under names that tell",
        why="Glue gives up where all columns are text; here usual names of columns, or names"
        " written unlike every value, make a header.",
        files={"t/a.csv": "carrier,name\nAA,American Airlines\nUA,United\nDL,Delta\n"},
        tables=one(
            "t",
            "carrier string, name string",
            parameters=HEADED,
            records=3,
            says=("all columns are text, but",),
        ),
    ),
    Case(
        name="Text all alike",
        why="Nothing tells the first row from the others, so it is data, as in Glue.",
        files={"t/a.csv": FRUIT},
        tables=one("t", "col0 string, col1 string", parameters=HEADLESS, records=3),
    ),
    Case(
        name="Text in two files",
        why="Files that begin with one row and go on differently tell that it is a header.",
        files={
            "t/a.csv": "fruit,shade\napple,green\nplum,blue\n",
            "t/b.csv": "fruit,shade\npear,yellow\nlime,green\n",
        },
        tables=one(
            "t",
            "fruit string, shade string",
            parameters=HEADED,
            records=4,
            says=("2 files begin with this row and go on differently",),
        ),
    ),
    Case(
        name="A long name in the middle",
        why="Only the last cell of a header may have 150 characters or more, by Glue's rule.",
        files={"t/a.csv": f"id,{'x' * 150},n\n1,2,3\n4,5,6\n"},
        tables=one(
            "t",
            "col0 string, col1 string, col2 string",
            parameters=HEADLESS,
            says=("has 150 characters",),
        ),
    ),
    Case(
        name="A long name at the end",
        why="Only the last cell of a header may have 150 characters or more, by Glue's rule.",
        files={"t/a.csv": f"id,n,{'x' * 150}\n1,2,3\n4,5,6\n"},
        tables=one("t", f"id bigint, n bigint, {'x' * 150} bigint", parameters=HEADED),
    ),
    Case(
        name="An index without a name",
        why="pandas leaves the name of its index empty; the column is called by its number.",
        files={"t/a.csv": ",n,word\n0,5,x\n1,6,y\n"},
        tables=one("t", "col0 bigint, n bigint, word string", parameters=HEADED),
    ),
    Case(
        name="A header and no row",
        why="Without rows nothing tells a header from data: UNKNOWN, as in Glue.",
        files={"t/a.csv": "id,name\n", "u/b.csv": "id,n\n1,2\n3,4\n"},
        tables=one("u", "id bigint, n bigint"),
        problems=("one row only, which may be a header or data",),
    ),
    Case(
        name="A header and no row beside a file with rows",
        why="Files that share a header settle it for each other; the empty one counts no row.",
        files={"t/a.csv": "id,name\n", "t/b.csv": "id,name\n1,x\n2,y\n"},
        tables=one("t", "id bigint, name string", parameters=HEADED, records=2),
    ),
)

CUSTOM = (
    Case(
        name="Header asked for",
        why="ContainsHeader=PRESENT overrides what the file shows.",
        files={"t/a.csv": FRUIT},
        classifiers=csv_classifier(ContainsHeader="PRESENT"),
        tables=one(
            "t",
            "apple string, pear string",
            parameters=HEADED,
            records=2,
            says=("the classifier says that a header is PRESENT",),
        ),
    ),
    Case(
        name="Header ruled out",
        why="ContainsHeader=ABSENT makes the first row data, so its text decides the types.",
        files={"t/a.csv": "id,name\n1,a\n2,b\n"},
        classifiers=csv_classifier(ContainsHeader="ABSENT"),
        tables=one("t", "col0 string, col1 string", parameters=HEADLESS, records=3),
    ),
    Case(
        name="Names given",
        why="Header names the columns; the first row is data where it holds other things.",
        files={"t/a.csv": "1,a\n2,b\n"},
        classifiers=csv_classifier(Header=["key", "label"]),
        tables=one("t", "key bigint, label string", parameters=HEADLESS, records=2),
    ),
    Case(
        name="Names and types of a file without rows",
        why="Headings with datatypes make a table of a header alone, as in Glue.",
        files={"t/a.csv": "id,name\n"},
        classifiers=csv_classifier(
            Header=["id", "name"], CustomDatatypeConfigured=True, CustomDatatypes=["LONG", "STRING"]
        ),
        tables=one("t", "id bigint, name string", records=0),
    ),
    Case(
        name="A delimiter of one's own",
        why="Delimiter is taken as it is.",
        files={"t/a.txt": "id+n\n1+2,5\n3+4,5\n"},
        classifiers=csv_classifier(Delimiter="+"),
        tables=one("t", "id bigint, n string", serde=LAZY, serde_parameters={"field.delim": "+"}),
    ),
    Case(
        name="A quote of one's own",
        why="QuoteSymbol is taken as it is.",
        files={"t/a.csv": "id,n\n1,~a,b~\n2,~c~\n"},
        classifiers=csv_classifier(QuoteSymbol="~"),
        tables=one("t", "id bigint, n string", serde=OPEN, serde_parameters={"quoteChar": "~"}),
    ),
    Case(
        name="One column allowed",
        why="AllowSingleColumn lifts Glue's bound of two columns.",
        files={"t/a.csv": "name\nann\nbob\n"},
        classifiers=csv_classifier(AllowSingleColumn=True, ContainsHeader="PRESENT"),
        tables=one("t", "name string", parameters=HEADED, records=2),
    ),
    Case(
        name="One column",
        why="Delimited text needs two columns, as in Glue.",
        files={"t/a.csv": "name\nann\nbob\n", "u/b.csv": "id,n\n1,2\n3,4\n"},
        tables=one("u", "id bigint, n bigint"),
        problems=("no classifier takes it",),
    ),
    Case(
        name="Datatypes allowed",
        why="CustomDatatypes are the only types that are detected; decimals take the digits seen"
        " behind the point.",
        files={"t/a.csv": "id,price,day\n1,2.50,2024-01-31\n2,10.25,2024-02-01\n"},
        classifiers=csv_classifier(
            CustomDatatypeConfigured=True, CustomDatatypes=["INT", "DECIMAL", "STRING"]
        ),
        tables=one("t", "id int, price decimal(20,2), day string"),
    ),
    Case(
        name="Blanks around values count",
        why="DisableValueTrimming is true by default: a value with a blank is text.",
        files={"t/a.csv": "id,n\n1, 5\n2, 6\n"},
        classifiers=csv_classifier(Delimiter=","),
        tables=one("t", "id bigint, n string"),
    ),
    Case(
        name="Blanks around values trimmed",
        why="Without DisableValueTrimming blanks go before types are detected.",
        files={"t/a.csv": "id,n\n1, 5\n2, 6\n"},
        classifiers=csv_classifier(DisableValueTrimming=False),
        tables=one("t", "id bigint, n bigint"),
    ),
    Case(
        name="Serde asked for",
        why="Serde overrides what the quotes say.",
        files={"t/a.csv": "id,n\n1,x\n2,y\n"},
        classifiers=csv_classifier(Serde="OpenCSVSerDe"),
        tables=one(
            "t",
            "id bigint, n string",
            serde=OPEN,
            says=("since the classifier says so",),
        ),
    ),
)

AROUND = (
    Case(
        name="Comments above the header",
        why="Lines that begin with # are no rows; Hive skips them with the header.",
        files={"t/a.csv": "# made on Monday\nid,n\n1,x\n2,y\n"},
        tables=one(
            "t",
            "id bigint, n string",
            parameters={"skip.header.line.count": "2", "commentChar": "#"},
            records=2,
        ),
    ),
    Case(
        name="Header in a comment",
        why="The last comment above the rows has a name for each column.",
        files={"t/a.csv": "#id,n\n1,x\n2,y\n"},
        tables=one("t", "id bigint, n string", parameters=HEADED, records=2),
    ),
    Case(
        name="Comment between rows",
        why="Spark is told of comments; Hive and Athena know none.",
        files={"t/a.csv": "id,n\n1,x\n# a pause\n2,y\n"},
        tables=one(
            "t",
            "id bigint, n string",
            parameters={"commentChar": "#"},
            records=2,
            warns=("line 3 is a comment",),
        ),
    ),
    Case(
        name="Title above the header",
        why="Lines above the first row of the table's width are a preamble, skipped with the"
        " header.",
        files={"t/a.csv": "Sales of May\n\nid,amount\n1,2.5\n2,3.5\n3,1.5\n"},
        tables=one(
            "t",
            "id bigint, amount double",
            parameters={"skip.header.line.count": "3"},
            records=3,
        ),
    ),
    Case(
        name="Sum below the rows",
        why="A short last line is a footer; readers take it for a row, so it is told.",
        files={"t/a.csv": "id,n\n1,x\n2,y\n3,z\n4,w\n4 rows\n"},
        tables=one("t", "id bigint, n string", records=4, warns=("line 6 looks like a footer",)),
    ),
    Case(
        name="Rows of another width",
        why="Most rows decide; the others are named.",
        files={"t/a.csv": "id,n\n1,x\n2\n3,z\n4,w,extra\n5,v\n"},
        tables=one(
            "t",
            "id bigint, n string",
            warns=("2 of 6 rows do not have 2 cells: line 3 has 1 cells, line 5 has 3 cells",),
        ),
    ),
    Case(
        name="A quote that is never closed",
        why="It would swallow the rest of the file, so its line is a row by itself.",
        files={"t/a.csv": 'id,n\n1,"a,b"\n2,"open\n3,z\n4,w\n5,v\n'},
        tables=one("t", "id bigint, n string", warns=("a quote that is never closed",)),
    ),
    Case(
        name="Columns in another order",
        why="Delimited text is read by position, so a file with its columns elsewhere is named.",
        files={"t/a.csv": "id,n\n1,x\n2,y\n", "t/b.csv": "n,id\nx,1\ny,2\n"},
        tables=one(
            "t",
            "id bigint, n string",
            warns=("t/b.csv has its columns in another order",),
        ),
    ),
)

ENCODINGS = (
    Case(
        name="UTF-8 with a mark",
        why="The byte order mark is no part of the first name.",
        files={"t/a.csv": encoded("id,n\n1,é\n2,ü\n", "utf-8-sig")},
        tables=one("t", "id bigint, n string", serde=LAZY),
    ),
    *(
        Case(
            name=f"UTF-16 {word} a mark",
            why="Zeros stand where UTF-16 has them. Hive looks for lines by single bytes, so Spark"
            " alone reads it.",
            files={
                "t/a.csv": Made(
                    shown="id,n⏎1,é⏎2,ü⏎ in UTF-16LE",
                    make=lambda mark=mark: mark + "id,n\n1,é\n2,ü\n".encode("utf-16-le"),  # type: ignore[misc]
                )
            },
            tables=one(
                "t",
                "id bigint, n string",
                serde_parameters={"serialization.encoding": "UTF-16LE"},
                parameters={"multiLine": "true"},
                warns=("it is written in UTF-16LE",),
            ),
        )
        for word, mark in (("with", b"\xff\xfe"), ("without", b""))
    ),
    Case(
        name="Latin-1",
        why="Bytes that are no UTF-8 and make Western text are ISO-8859-1, told to the serde.",
        files={"t/a.csv": encoded("id,n\n1,é\n2,ü\n", "latin-1")},
        tables=one(
            "t",
            "id bigint, n string",
            serde_parameters={"serialization.encoding": "ISO-8859-1"},
        ),
    ),
    Case(
        name="Windows-1252",
        why="A euro sign stands where ISO-8859-1 has controls.",
        files={"t/a.csv": encoded("id,n\n1,5 €\n2,ü\n", "cp1252")},
        tables=one(
            "t",
            "id bigint, n string",
            serde_parameters={"serialization.encoding": "windows-1252"},
        ),
    ),
    Case(
        name="Bytes that are no text",
        why="What no encoding explains is named with the reason, and the rest goes on.",
        files={
            "t/a.csv": Made(shown="2,000 random bytes", make=lambda: bytes(range(256)) * 8),
            "u/b.csv": "id,n\n1,2\n3,4\n",
        },
        tables=one("u", "id bigint, n bigint"),
        problems=("t/a.csv is in no table: no classifier takes it",),
    ),
)

SECTIONS = (
    Section(
        title="Delimited text: how cells are written",
        about="Dialects are found in the first lines; the name of a file says nothing.",
        cases=DIALECTS,
    ),
    Section(
        title="Delimited text: headers",
        about="Glue's rule first. Where it gives up, what tells a name from a value decides.",
        cases=HEADERS,
    ),
    Section(
        title="Delimited text: custom classifiers",
        about="What a custom classifier says overrides what a file shows.",
        cases=CUSTOM,
    ),
    Section(
        title="Delimited text: around the rows",
        about="Comments, titles, sums and damaged rows, and what is told of them.",
        cases=AROUND,
    ),
    Section(
        title="Delimited text: encodings",
        about="Found by marks, zeros and bytes, and told to the serde by Java's names.",
        cases=ENCODINGS,
    ),
)
