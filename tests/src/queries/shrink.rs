//! Cutting a query smaller: clauses go, expressions and queries give way to parts of themselves.

use super::{Node, Part, Sort};

/// All queries that are one cut smaller, the largest cuts first.
pub fn smaller(query: &Node) -> Vec<Node> {
    let mut found = Vec::new();
    let mut path = Vec::new();
    visit(query, &mut path, &mut |path, node| {
        for replacement in replacements(node) {
            found.push(replaced(query, path, &replacement));
        }
    });
    let whole = query.sql().len();
    found.retain(|candidate| candidate.sql().len() < whole);
    found.sort_by_key(|candidate| candidate.sql().len());
    found
}

/// What may stand in a piece's place: nothing for a clause, a descendant of its sort, a literal.
fn replacements(node: &Node) -> Vec<Node> {
    let mut found = Vec::new();
    match &node.sort {
        Sort::Clause => found.push(Node { sort: Sort::Clause, parts: Vec::new() }),
        Sort::Value(kind) => found.push(Node::text(node.sort.clone(), kind.plain())),
        Sort::Query(_) | Sort::Source => {}
    }
    if node.sort != Sort::Clause {
        let mut path = Vec::new();
        visit(node, &mut path, &mut |path, inner| {
            if !path.is_empty() && inner.sort == node.sort {
                found.push(inner.clone());
            }
        });
    }
    found
}

fn visit(node: &Node, path: &mut Vec<usize>, see: &mut impl FnMut(&[usize], &Node)) {
    see(path, node);
    for (index, part) in node.parts.iter().enumerate() {
        if let Part::Node(inner) = part {
            path.push(index);
            visit(inner, path, see);
            path.pop();
        }
    }
}

fn replaced(node: &Node, path: &[usize], replacement: &Node) -> Node {
    let Some((first, rest)) = path.split_first() else { return replacement.clone() };
    let mut copy = node.clone();
    if let Part::Node(inner) = &node.parts[*first] {
        copy.parts[*first] = Part::Node(replaced(inner, rest, replacement));
    }
    copy
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn clauses_go_and_parts_take_the_place_of_wholes() {
        let value = |text: &str| Node::text(Sort::Value(Kind::Int), text);
        let sum = Node::of(Sort::Value(Kind::Int), "({} + {})", vec![value("t.k"), value("t.n")]);
        let filter = Node::text(Sort::Clause, " WHERE t.b");
        let query = Node::of(Sort::Query(vec![Kind::Int]), "SELECT {} FROM t{}", vec![sum, filter]);
        let texts: Vec<String> = smaller(&query).iter().map(Node::sql).collect();
        let expected = [
            "SELECT (t.k + t.n) FROM t",
            "SELECT 1 FROM t WHERE t.b",
            "SELECT t.k FROM t WHERE t.b",
            "SELECT t.n FROM t WHERE t.b",
            "SELECT (1 + t.n) FROM t WHERE t.b",
            "SELECT (t.k + 1) FROM t WHERE t.b",
        ];
        let mut sorted = texts.clone();
        sorted.sort();
        let mut wanted = expected.map(str::to_owned).to_vec();
        wanted.sort();
        assert_eq!(sorted, wanted);
    }
}
