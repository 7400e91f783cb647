"""Tasks of ML transforms: making labelling sets, learning from labels, exporting, evaluating."""
